// Loaded before the program under test: notes each path that it writes to by way of Node, those that are gone at its end
// among them, in the file that WRITES names. What SQLite and Node's own cache write is seen on the disk.
const fs = require('node:fs');
const {join, resolve} = require('node:path');
const {syncBuiltinESMExports} = require('node:module');

const log = fs.openSync(process.env.WRITES, 'a');
const original = {...fs};
const note = (path) => typeof path !== 'number' && original.writeSync(log, `${resolve(String(path))}\n`);
const isWriting = (flags = 'r') =>
  typeof flags === 'number'
    ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0
    : flags !== 'r';

for (const name of [
  'writeFileSync',
  'appendFileSync',
  'mkdirSync',
  'writeFile',
  'appendFile',
  'mkdir',
  'createWriteStream',
  'truncateSync',
]) {
  fs[name] = (path, ...rest) => {
    note(path);
    return original[name](path, ...rest);
  };
}
for (const name of ['renameSync', 'linkSync', 'symlinkSync', 'copyFileSync', 'cpSync', 'rename', 'link', 'copyFile']) {
  fs[name] = (from, to, ...rest) => {
    note(to);
    return original[name](from, to, ...rest);
  };
}
for (const name of ['openSync', 'open']) {
  fs[name] = (path, flags, ...rest) => {
    if (isWriting(typeof flags === 'function' ? 'r' : flags)) note(path);
    return original[name](path, flags, ...rest);
  };
}
fs.mkdtempSync = (prefix, ...rest) => {
  const made = original.mkdtempSync(prefix, ...rest);
  note(join(made));
  return made;
};
for (const name of ['writeFile', 'appendFile', 'mkdir', 'open', 'rename', 'link', 'copyFile', 'mkdtemp']) {
  const before = fs.promises[name];
  const to = ['rename', 'link', 'copyFile'].includes(name) ? 1 : 0;
  fs.promises[name] = (...args) => {
    if (name !== 'open' || isWriting(args[1])) note(args[to]);
    return before(...args);
  };
}
syncBuiltinESMExports();
