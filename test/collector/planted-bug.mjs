// Preloaded into the program and its threads: once the file PLANTED is there, the embedded store has a bug.
import {existsSync} from 'node:fs';
import {StatementSync} from 'node:sqlite';

const {run} = StatementSync.prototype;
StatementSync.prototype.run = function (...args) {
  if (existsSync(process.env.PLANTED)) throw new TypeError('planted');
  return run.apply(this, args);
};
