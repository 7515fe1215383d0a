import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Path of a Chromium; in CI Debian's is installed where there is none. Undefined where it can't be had, and then a
 * person's machine skips what needs it.
 */
export function findChromium(): string | undefined {
  const found = () => [process.env.CHROMIUM, ...places].find((path) => path && existsSync(path));
  if (!found() && process.env.CI && process.getuid?.() === 0) {
    const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
    spawnSync('apt-get', ['update', '-qq'], {env, stdio: 'ignore'});
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {env, stdio: 'ignore'});
  }
  return found();
}
