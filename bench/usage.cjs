// Preloaded into a measured Node.js process: at its end it leaves what it used where BENCH_USAGE says.
// Required, as the least that Node can load: an import would take 3 ms of what is measured.
const {existsSync, readFileSync, writeFileSync} = process.getBuiltinModule('node:fs');

process.once('exit', () => {
  const {userCPUTime, systemCPUTime, maxRSS} = process.resourceUsage();
  // maxRSS begins at what the process had before exec, which is its parent's: the high-water mark of Linux does not.
  const highWater =
    existsSync('/proc/self/status') && /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const peak = (highWater ? Number(highWater[1]) : maxRSS) / 1024;
  writeFileSync(process.env.BENCH_USAGE, JSON.stringify({cpu: (userCPUTime + systemCPUTime) / 1e6, peak}));
});
