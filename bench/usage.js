// Preloaded into a measured Node.js process: at its end it leaves what it used where BENCH_USAGE says.
import {writeFileSync} from 'node:fs';

process.once('exit', () => {
  const {userCPUTime, systemCPUTime, maxRSS} = process.resourceUsage();
  writeFileSync(
    process.env.BENCH_USAGE,
    JSON.stringify({cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS / 1024}),
  );
});
