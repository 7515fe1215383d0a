import {createReadStream, readFileSync, statSync} from 'node:fs';
import {reasonOf, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {checkReport, type Report} from '../report/index.ts';

/** Most bytes of a report file: what a collector takes by default, several times over. */
const most = 256 * 1024 * 1024;

/**
 * A report from a file that `collect` or another volunteer wrote, checked.
 *
 * @param path `-` is standard input
 * @throws {UserError} input, if it can't be read or is not a report; the problems are listed with their paths
 */
export async function readReport(path: string, stdin?: NodeJS.ReadableStream): Promise<Report> {
  const name = path === '-' ? 'standard input' : clean(path);
  const text = await textOf(path, stdin, name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError('input', `${name} is not JSON.`, {
      suggestions: ['A report is what seldon-usage collect prints.'],
      cause: error,
    });
  }
  const {report, problems} = checkReport(value);
  if (report) return report;
  throw new UserError('input', `${name} is not a valid report.`, {
    suggestions: problems.map(
      (problem) => `${clean(problem.path, 120) || 'The report'} ${clean(problem.message, 200)}`,
    ),
  });
}

async function textOf(path: string, stdin: NodeJS.ReadableStream | undefined, name: string): Promise<string> {
  let bytes: Buffer;
  try {
    // Only what one may have to wait for is a stream: those of files load much of Node, a twentieth of the start, and
    // process.stdin is one as soon as it is looked at.
    if (path === '-') bytes = await readAll(stdin ?? process.stdin, name);
    else if (statSync(path).isFile()) bytes = readWhole(path, name);
    else bytes = await readAll(createReadStream(path), name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('input', `${name} can't be read (${reasonOf(error)}).`, {cause: error});
  }
  // PowerShell's `>` writes UTF-16; a TextDecoder drops the byte order mark of either.
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}

function readWhole(path: string, name: string): Buffer {
  if (statSync(path).size > most) throw tooLong(name);
  return readFileSync(path);
}

async function readAll(stream: NodeJS.ReadableStream, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLong(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong(name: string): UserError {
  return new UserError('input', `${name} is more than ${most / 1024 / 1024} MiB long, too long for a report.`);
}
