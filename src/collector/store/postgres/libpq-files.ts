import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {reasonOf, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {isParameter, type Parameter} from './parameters.ts';

/** Files that libpq reads: of services, of passwords, of keys and of what was revoked. */

/** Files of a folder of revocations that are read. */
const mostRevocations = 1000;

/** The path, if a file is there. */
export function present(path: string): string | undefined {
  return statSync(path, {throwIfNoEntry: false})?.isFile() ? path : undefined;
}

/** @throws {UserError} input, if it can't be read */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw notReadable(path, what, error);
  }
}

function notReadable(path: string, what: string, error: unknown): UserError {
  return new UserError('input', `The ${what} ${clean(path)} of the store can't be read (${reasonOf(error)}).`, {
    cause: error,
  });
}

/**
 * The key of a client's certificate. One that others can read is not used, as libpq has it (32.19.3 of its manual): it has to
 * be this user's alone, or of root and readable by a group.
 *
 * @throws {UserError} input, if it can't be read, or by others too
 */
export function readKey(path: string): string {
  const text = readText(path, 'key');
  const {uid, mode} = statSync(path);
  const isClosed = (mode & 0o077) === 0 || (uid === 0 && (mode & 0o027) === 0);
  if (process.platform === 'win32' || isClosed) return text;
  throw new UserError('input', `The key ${clean(path)} of the store can be read by others.`, {
    suggestions: [`chmod 600 ${clean(path)}; one that is root's may have 640.`],
  });
}

/** Lists of what was revoked, of a folder as `openssl rehash` makes it. @throws {UserError} input, if it has none */
export function readRevocations(folder: string): string[] {
  const what = 'folder of revocations (sslcrldir)';
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^[0-9a-f]{8}\.r\d+$/.test(name));
  } catch (error) {
    throw notReadable(folder, what, error);
  }
  if (names.length > 0 && names.length <= mostRevocations)
    return names.map((name) => readText(join(folder, name), what));
  throw new UserError('input', `The ${what} ${clean(folder)} of the store has ${names.length} lists.`, {
    suggestions: ['Their names are hashes, with the ending .r0: openssl rehash FOLDER makes them.'],
  });
}

/**
 * The section of a service file (32.17 of the manual): the user's own, or the system's.
 *
 * @throws {UserError} input, if it is in none, or has what libpq does not know
 */
export function readService(
  name: string,
  env: NodeJS.ProcessEnv,
  home: string,
): Readonly<Partial<Record<Parameter, string>>> {
  const own = env.PGSERVICEFILE || join(home, '.pg_service.conf');
  const all = [
    own,
    ...(env.PGSYSCONFDIR ? [join(env.PGSYSCONFDIR, 'pg_service.conf')] : []),
    '/etc/postgresql-common/pg_service.conf',
  ];
  for (const path of all.filter(present)) {
    const section = sectionOf(readText(path, 'service file'), name);
    if (section) return parametersOf(section, name);
  }
  throw new UserError('input', `The service ${JSON.stringify(clean(name, 60))} of the store is in no service file.`, {
    suggestions: [`Looked into ${all.map((path) => clean(path)).join(', ')}; PGSERVICEFILE names another one.`],
  });
}

/** Lines of the first section of a name. */
function sectionOf(text: string, name: string): string[] | undefined {
  let found: string[] | undefined;
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(.*)\]$/.exec(line)?.[1];
    if (header === undefined) found?.push(line);
    else if (found) break;
    else if (header === name) found = [];
  }
  return found;
}

/** A line that says nothing here may have been meant to say whom to trust; no message repeats it, it may hold a password. */
function parametersOf(lines: readonly string[], service: string): Partial<Record<Parameter, string>> {
  const found: Partial<Record<Parameter, string>> = {};
  for (const line of lines) {
    const at = line.indexOf('=');
    const parameter = line.slice(0, Math.max(0, at)).trim();
    if (parameter !== 'service' && isParameter(parameter)) found[parameter] ??= line.slice(at + 1).trim();
    else
      throw new UserError(
        'input',
        `The service ${JSON.stringify(clean(service, 60))} of the store has ${
          at < 0 ? 'a line that is not a parameter' : `${clean(parameter, 40)}, which no service can have`
        }.`,
      );
  }
  return found;
}

/** The password of the first line that fits (32.16 of the manual). A file that others can read is not used, as libpq has it. */
export function fromPassfile(
  path: string,
  wanted: readonly [host: string, port: string, database: string, user: string],
): string | undefined {
  const found = statSync(path, {throwIfNoEntry: false});
  if (!found?.isFile() || (process.platform !== 'win32' && (found.mode & 0o077) !== 0)) return undefined;
  const [host, ...others] = wanted;
  const all = [host.startsWith('/') ? 'localhost' : host, ...others];
  for (const line of readText(path, 'password file').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []).map((one) => one.replace(/:$/, ''));
    const plain = (text: string) => text.replace(/\\(.)/g, '$1');
    if (fields.length >= 5 && all.every((one, i) => fields[i] === '*' || plain(fields[i]!) === one))
      return plain(fields[4]!);
  }
  return undefined;
}
