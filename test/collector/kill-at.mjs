// Preloaded into the program: ends it by SIGKILL right before its KILL_ATth change to a file, or copies the folder of the store to
// a new one in COPIES before each: what is there then is what a kill there leaves.
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {dirname, join} from 'node:path';

const {KILL_AT, COPIES, COPIED} = process.env;
const {cpSync} = fs;
let steps = 0;
let isCopying = false;
function step() {
  steps++;
  if (steps === Number(KILL_AT)) process.kill(process.pid, 'SIGKILL');
  if (!COPIES) return;
  isCopying = true;
  cpSync(dirname(COPIED), join(COPIES, String(steps)), {recursive: true});
  isCopying = false;
}
for (const name of ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    // Reading is no change; and all that matters here is beside the store.
    const isChange = name !== 'openSync' || /[wa]/.test(String(args[1]));
    const isBeside = typeof args[0] === 'number' || String(args[0]).includes('reports.db');
    if (isChange && isBeside && !isCopying) step();
    return original(...args);
  };
}
syncBuiltinESMExports();
