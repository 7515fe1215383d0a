import {resolve} from 'node:path';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import type {StoreAddress} from '../contract.ts';
import {fateOf, honoured, isParameter, type Parameter} from './parameters.ts';

/** A store in a PostgreSQL database, as a URL of libpq names it (postgresql.org/docs/current/libpq-connect.html, 32.1.1.2). */
export interface PostgresAddress extends StoreAddress {
  readonly engine: 'postgres';
  /** What the URL says; whatever it leaves open comes from the service, the environment and libpq's defaults. */
  readonly parameters: Readonly<Partial<Record<Parameter, string>>>;
}

const form = /^postgres(?:ql)?:\/\/(?:([^/?#@]*)@)?([^/?#@]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;

/**
 * The store that `postgres://…` names; undefined if the text is of another engine. No message repeats the text: it may hold
 * a password.
 *
 * @throws {UserError} usage, if it is no such address, or holds a password
 */
export function postgresAddress(text: string): PostgresAddress | undefined {
  if (!/^postgres(ql)?:/i.test(text)) return undefined;
  const found = form.exec(text);
  if (!found) throw notReadable();
  const [, login = '', hosts = '', database = '', query = ''] = found;
  const [user = '', password] = split(login, ':');
  const parameters: Partial<Record<Parameter, string>> = {};
  const set = (name: Parameter, value: string) => {
    if (value !== '') parameters[name] = value;
  };
  if (password !== undefined) throw holdsPassword();
  set('user', decoded(user));
  const places = hosts.split(',').map((one) => /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(one) ?? fail());
  set('host', hosts === '' ? '' : places.map(([, host]) => decoded(host!).replace(/^\[|\]$/g, '')).join(','));
  if (places.some(([, , port]) => port)) set('port', places.map(([, , port = '']) => port).join(','));
  set('dbname', decoded(database));
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name = '', value = ''] = split(pair, '=').map(decoded);
    if (!isParameter(name)) {
      throw new UserError('usage', `The address of the store has ${clean(name, 40)}, which is not known here.`, {
        suggestions: [`Known are ${honoured.join(', ')}.`],
      });
    }
    if (fateOf(name).secret) throw holdsPassword();
    set(name, value);
  }
  return {engine: 'postgres', shown: shown(parameters), parameters};
}

/** The address with whole paths of files, as a URL. */
export function wholeUrl({parameters}: PostgresAddress): string {
  const given = Object.entries(parameters).map(([name, value]) => {
    const isPath = fateOf(name as Parameter).file && !(name === 'sslrootcert' && value === 'system');
    return `${name}=${encodeURIComponent(isPath ? resolve(value) : value)}`;
  });
  return `postgres://${given.length > 0 ? `?${given.join('&')}` : ''}`;
}

/** As people are told: hosts and database. */
function shown({host = '', port = '', dbname, service}: PostgresAddress['parameters']): string {
  const ports = port.split(',');
  const hosts = host
    .split(',')
    .map((one, i) => {
      const name = one.includes('/') ? encodeURIComponent(one) : one.includes(':') ? `[${one}]` : one;
      const at = ports[ports.length === 1 ? 0 : i];
      return at ? `${name}:${at}` : name;
    })
    .join(',');
  return `postgres://${hosts}${dbname ? `/${encodeURIComponent(dbname)}` : ''}${service ? `?service=${encodeURIComponent(service)}` : ''}`;
}

function split(text: string, by: string): string[] {
  const at = text.indexOf(by);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes('\0')) return plain;
  } catch {
    // Told below.
  }
  return fail();
}

function fail(): never {
  throw notReadable();
}

function notReadable(): UserError {
  return new UserError('usage', 'The address of the PostgreSQL store can’t be read.', {
    suggestions: ['Write postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full; special characters percent-encoded.'],
  });
}

function holdsPassword(): UserError {
  return new UserError('usage', 'The address of the store holds a password: ps and logs would show it to others.', {
    suggestions: [
      'Leave it out, and set PGPASSWORD, or write it into a file: passwordfile=PATH in the address, or PGPASSFILE.',
    ],
  });
}
