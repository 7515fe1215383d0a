import {clean} from '../foreign.ts';

/** What Helm says of itself. */
export interface HelmVersion {
  /** `v3.21.4`, without the commit. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
}

/** A version alone on its line: a source build has no patch number, others have `-rc.1` or `+unreleased`. */
const whole = /^"?(v?(\d{1,4})\.(\d{1,4})(?:\.\d{1,6})?(?:-[\w.-]{1,40})?)(?:\+[\w.-]{1,60})?"?$/;

/** A build that prints all it knows, whatever template it was given. */
const inBuildInfo =
  /^(?:version\.)?BuildInfo\{Version:"(v(\d{1,4})\.(\d{1,4})(?:\.\d{1,6})?(?:-[\w.-]{1,40})?)(?:\+[\w.-]{1,60})?"/;

/**
 * Helm's version in the output of `helm version`. Wrappers and shims say things of their own before it or after it, other
 * programs' versions among them: the last line that is nothing but a version counts.
 */
export function helmVersion(output: string): HelmVersion | undefined {
  for (const line of output
    .slice(-64 * 1024)
    .split(/\r\n|\r|\n/)
    .reverse()) {
    const text = clean(line);
    const [, version, major, minor] = whole.exec(text) ?? inBuildInfo.exec(text) ?? [];
    if (version !== undefined)
      return {version: version.startsWith('v') ? version : `v${version}`, major: Number(major), minor: Number(minor)};
  }
  return undefined;
}
