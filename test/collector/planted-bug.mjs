// Preloaded into the program and its threads: once the file PLANTED is there, statements of the embedded store have a bug where
// they are carried out by the function PLANTED_IN.
import {existsSync} from 'node:fs';
import {StatementSync} from 'node:sqlite';

const {PLANTED: file, PLANTED_IN: name} = process.env;
const before = StatementSync.prototype[name];
StatementSync.prototype[name] = function (...args) {
  if (existsSync(file)) throw new TypeError('planted');
  return before.apply(this, args);
};
