/** A line is none that an export has. The message is the end of a sentence about it: `is not JSON`. Any other error is a bug. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
}
