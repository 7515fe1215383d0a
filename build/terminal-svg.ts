/** Text of one look in one line. */
interface Run {
  readonly text: string;
  readonly column: number;
  readonly look: string;
}

/** Pixels: a column, a line, the size of the letters, and what is left around the text. */
const [columnWidth, lineHeight, fontSize, margin] = [8.4, 19, 14, 20];

/** What the codes of a terminal (SGR of ECMA-48) that this program writes look like; 0 and 22 take it back. */
const looks: Readonly<Record<string, string>> = {1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow'};

/** Draws what was written to a terminal as it stands there: one picture that is sharp at any size, without scripts. */
export function terminalSvg(output: string, columns: number, title: string): string {
  const lines = output.trimEnd().split(/\r?\n/).map(runsOf);
  const [width, height] = [columns * columnWidth + 2 * margin, lines.length * lineHeight + 2 * margin];
  const texts = lines.flatMap((runs, line) => runs.map((run) => textOf(run, margin + line * lineHeight + fontSize)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de; white-space: pre }
.bold { font-weight: bold; fill: #ffffff } .dim { fill: #8d96a0 } .red { fill: #ff7b72 } .green { fill: #7ee787 } .yellow { fill: #e3b341 }
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${texts.join('\n')}
</svg>
`;
}

/** The runs of a line; blanks at its end and between runs are left out. */
function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let look = '';
  let column = 0;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) look = codes.split(';').reduce((_, code) => looks[code] ?? '', look);
    else {
      for (const {0: text, index} of part.matchAll(/\S+(?: \S+)*/g)) runs.push({text, column: column + index, look});
      column += part.length;
    }
  }
  return runs;
}

/** As wide as on the terminal, whatever letters the reader has. */
function textOf({text, column, look}: Run, y: number): string {
  const [x, length] = [round(margin + column * columnWidth), round(text.length * columnWidth)];
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${look && ` class="${look}"`}>${escaped(text)}</text>`;
}

const round = (pixels: number) => Math.round(pixels * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
