// Identities that look random and are the same at every run.
import * as crypto from 'node:crypto';

/** 64 hexadecimal digits for a text. */
export function hash(text: string): string {
  return crypto.hash('sha256', text);
}

/** A UUID for a text. */
export function uuid(text: string): string {
  return hash(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
