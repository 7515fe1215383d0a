// Loaded before an export: at the n-th call about its part (FAULT: `writeSync 40 kill`) the program is killed, gets the error of a
// full disk, or waits until the file WAITS, which it makes, is gone again.
const fs = require('node:fs');
const {syncBuiltinESMExports} = require('node:module');

const [name, at, what] = process.env.FAULT.split(' ');
const original = fs[name];
const parts = new Set();
const open = fs.openSync;
let calls = 0;

fs.openSync = (path, ...rest) => {
  const file = open(path, ...rest);
  if (String(path).endsWith('.partial')) parts.add(file);
  return file;
};
fs[name] = (which, ...rest) => {
  const isOfPart = typeof which === 'number' ? parts.has(which) : String(which).endsWith('.partial');
  if (isOfPart && ++calls === Number(at)) {
    if (what === 'kill') process.kill(process.pid, 'SIGKILL');
    if (what === 'full') throw Object.assign(new Error('ENOSPC'), {code: 'ENOSPC'});
    fs.writeFileSync(process.env.WAITS, '');
    while (fs.existsSync(process.env.WAITS)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return original(which, ...rest);
};
syncBuiltinESMExports();
