/**
 * The scripts that have shells ask this program. None evaluates what it is told; bash takes words apart at `:` and `=`,
 * so what stands before the last of these in the word is cut off.
 */
export const completionScripts = {
  bash: `_seldon_usage() {
  local line=\${COMP_LINE:0:COMP_POINT} words word lead='' files=''
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local cur=\${words[-1]}
  [[ $cur == --*=* ]] && lead=\${cur%%=*}=
  local breaks=\${COMP_WORDBREAKS//[!:=]/}
  local cut=''
  [[ -n $breaks ]] && cut=\${cur%"\${cur##*[$breaks]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    case $word in
      :0) files=yes ;;
      :*) ;;
      *) word=$lead$word; COMPREPLY+=("\${word#"$cut"}") ;;
    esac
  done < <(seldon-usage __complete "\${words[@]:1}" 2>/dev/null)
  [[ -n $files && \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _seldon_usage seldon-usage
`,
  zsh: `#compdef seldon-usage
_seldon_usage() {
  local line word description lead=() files=''
  local -a values shown
  [[ $PREFIX == --*=* ]] && compset -P '*='
  while IFS= read -r line; do
    word=\${line%%$'\\t'*}
    case $word in
      :0) files=yes ;;
      :*) ;;
      *)
        values+=("$word")
        description=\${line#*$'\\t'}
        line="$word\${description:+  $description}"
        (( $#line >= COLUMNS )) && line="\${line[1,COLUMNS-4]}..."
        shown+=("$line")
        ;;
    esac
  done < <(seldon-usage __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if [[ -n $files ]]; then
    _files
  else
    compadd -l -d shown -a values
  fi
}
if [[ $funcstack[1] == _seldon_usage ]]; then
  _seldon_usage "$@"
else
  compdef _seldon_usage seldon-usage
fi
`,
  fish: `function __seldon_usage
    set -l words (commandline -opc) (commandline -ct)
    set -l lead (string match -r -- '^--[^=]+=' $words[-1])
    set -l lines (seldon-usage __complete $words[2..-1] 2>/dev/null)
    for line in $lines[1..-2]
        printf '%s%s\\n' "$lead" $line
    end
    if test "$lines[-1]" = ':0'
        __fish_complete_path (string replace -r -- '^--[^=]+=' '' $words[-1])
    end
end
complete -c seldon-usage -f -a '(__seldon_usage)'
`,
  kubectl: `#!/bin/sh
# kubectl runs this for the Tab key after "kubectl seldon-usage": keep it as kubectl_complete-seldon_usage in PATH.
exec seldon-usage __complete "$@"
`,
} as const;
