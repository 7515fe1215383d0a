// The second reader of the templates of src/manifests: writes them as Helm's, a hole as an expression and a condition as a
// line before and after. The text that Helm makes of it is read again and compared with the program's own by a test.
import {type Option, options, type Part, valueName} from '../src/manifests/options.ts';
import {yamlOf} from '../src/manifests/print.ts';
import {Each, Item, isList, Joined, type Template, type Test, Text, Value, When} from '../src/manifests/template.ts';

/** Where Helm has the value of an option, or what follows from some. */
function reference(part: Part, name: string): string {
  if (name === 'egress-ports') return '$egressPorts';
  const option = optionOf(part, name);
  if (option.helms) return '$.Release.Namespace';
  return option.shared ? `$.Values.${valueName(name)}` : `$.Values.${part}.${valueName(name)}`;
}

function optionOf(part: Part, name: string): Option {
  const option = options[part].find((one) => one.name === name);
  if (!option) throw new Error(`no option --${name} of ${part}`);
  return option;
}

/** The ports that are dialled, as egressPorts in src/manifests/index.ts has them: said once, before the objects of a part. */
export function egressPorts(part: Part): string {
  const ports = '$egressPorts';
  const add = (what: string) => `{{- ${ports} = append ${ports} (${what} | int) }}`;
  const given = (name: string) => `{{- range ${reference(part, name)} }}${add('.')}{{- end }}`;
  const dialled =
    part === 'send'
      ? reference(part, 'url')
      : `compact (append ${reference(part, 'also')} ${reference(part, 'store')})`;
  return [
    `{{- ${ports} := list }}`,
    ...(part === 'send' ? [given('api-server-port')] : []),
    `{{- range ${dialled} }}`,
    '{{- if hasPrefix "bigquery:" . }}',
    add('443'),
    '{{- else if ne "stdout" . }}',
    '{{- $url := urlParse (trimPrefix "clickhouse:" .) }}',
    '{{- $usual := ternary "80" "443" (eq $url.scheme "http") }}',
    add('regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default $usual'),
    '{{- $isService := regexMatch "(?i)\\\\.svc(\\\\.|:|$)" $url.host }}',
    `{{- if and $isService (not (hasPrefix "clickhouse:" .)) }}${add('8080')}{{- end }}`,
    '{{- end }}',
    '{{- end }}',
    given('egress-port'),
    `{{- ${ports} = uniq ${ports} }}`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** A condition as Helm has it. */
export function condition(part: Part, test: Test): string {
  if ('given' in test) return reference(part, test.given);
  if ('not' in test) return `not (${condition(part, test.not)})`;
  if ('any' in test) return `or ${test.any.map((one) => `(${condition(part, one)})`).join(' ')}`;
  return `eq ${reference(part, test.option)} ${JSON.stringify(test.is)}`;
}

/** An object as the lines of a template. */
export function helmTemplate(part: Part, object: Template): string {
  return `${lines(part, object).join('\n')}\n`;
}

/** What stands in one line behind a key or a dash; undefined for what needs lines of its own. */
function inline(part: Part, template: Template): string | undefined {
  if (typeof template !== 'object') return yamlOf(template).trimEnd();
  if (template instanceof Value) return `{{ ${reference(part, template.option)} | toJson }}`;
  if (template instanceof Item) return '{{ . | toJson }}';
  if (template instanceof Joined) {
    return `{{ join ${JSON.stringify(template.between)} ${reference(part, template.option)} | toJson }}`;
  }
  if (template instanceof Text) {
    const form = template.parts.map((one) => (typeof one === 'string' ? one.replaceAll('%', '%%') : '%s')).join('');
    const holes = template.parts.flatMap((one) =>
      typeof one === 'string' ? [] : [one instanceof Item ? '.' : reference(part, one.option)],
    );
    return `{{ printf ${JSON.stringify(form)} ${holes.join(' ')} | toJson }}`;
  }
  if (template instanceof When || template instanceof Each) return undefined;
  if (isList(template)) return template.length === 0 ? '[]' : undefined;
  return Object.keys(template).length === 0 ? '{}' : undefined;
}

function lines(part: Part, template: Template): string[] {
  const line = inline(part, template);
  if (line !== undefined) return [line];
  if (template instanceof When) {
    return conditional(part, template, (one) => lines(part, one));
  }
  if (isList(template)) return template.flatMap((one) => itemLines(part, one));
  return Object.entries(template as {[key: string]: Template}).flatMap(([key, one]) => entryLines(part, key, one));
}

function conditional(part: Part, {test, yes, otherwise}: When, inner: (template: Template) => string[]): string[] {
  const other = otherwise === undefined ? [] : ['{{- else }}', ...inner(otherwise)];
  return [`{{- if ${condition(part, test)} }}`, ...inner(yes), ...other, '{{- end }}'];
}

/** An item of a list. What a condition or another list brings stands for itself. */
function itemLines(part: Part, template: Template): string[] {
  if (template instanceof When) {
    return conditional(part, template, (one) =>
      isList(one) ? one.flatMap((each) => itemLines(part, each)) : itemLines(part, one),
    );
  }
  if (template instanceof Each) {
    return [`{{- range ${reference(part, template.list)} }}`, ...itemLines(part, template.item), '{{- end }}'];
  }
  const [first = '', ...rest] = lines(part, template);
  if (first.startsWith('{{-')) throw new Error(`an item that begins with a condition: ${first}`);
  return [`- ${first}`, ...indented(rest)];
}

function entryLines(part: Part, key: string, template: Template): string[] {
  const line = inline(part, template);
  if (line !== undefined) return [`${key}: ${line}`];
  if (template instanceof When) return conditional(part, template, (one) => entryLines(part, key, one));
  return [`${key}:`, ...indented(lines(part, template))];
}

/** Lines of Helm's own take the line break before them along, so that it does not matter how far they are indented. */
function indented(all: readonly string[]): string[] {
  return all.map((line) => `  ${line}`);
}
