declare module 'postject' {
  /** Writes `data` into the executable `file`, as the resource that Node looks for. */
  export function inject(file: string, name: string, data: Buffer, options: {sentinelFuse: string}): Promise<void>;
}
