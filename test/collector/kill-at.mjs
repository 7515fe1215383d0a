// Preloaded into the program: ends it by SIGKILL right before its KILL_ATth change to a file.
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

let left = Number(process.env.KILL_AT);
for (const name of ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    // Reading is no change; and all that matters here is beside the store.
    const isChange = name !== 'openSync' || /[wa]/.test(String(args[1]));
    const isBeside = typeof args[0] === 'number' || String(args[0]).includes('reports.db');
    if (isChange && isBeside && --left === 0) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
