import {UserError} from '../../errors.ts';

/**
 * The error of a run of Helm that asked for more than the plan holds.
 *
 * @param refusal what it asked for, and why that was not let through; without control characters
 * @param after what is left of the change; absent where it had not begun
 */
export function refusedError(refusal: string, after?: readonly string[]): UserError {
  return new UserError(
    'release',
    `Helm asked for something that is not part of the change, and was stopped${after ? ' in the middle' : '; nothing was changed'}: ${refusal}.`,
    {
      suggestions: [
        ...(after ?? []),
        'It comes from the chart in the release’s record, if not from somebody else’s change at the same moment. Whoever can write Secrets in the namespace of the release can write that record: find out who did.',
      ],
    },
  );
}
