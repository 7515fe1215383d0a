import {chmodSync, writeFileSync} from 'node:fs';

/**
 * Writes a Helm so slow in the change, not in the rehearsal, that it is still at work when its record is seen. Before the change it
 * runs `first`.
 */
export function writeSlowHelm(path: string, helm: string, first = ':'): void {
  writeFileSync(
    path,
    `#!/bin/sh
case "$*" in
  *--dry-run*|version*) exec ${helm} "$@" ;;
  *) ${first}; exec ${helm} "$@" --qps 15 --burst-limit 1 ;;
esac
`,
  );
  chmodSync(path, 0o755);
}
