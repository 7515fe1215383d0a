import type {SentPending} from '../operations/send-pending.ts';
import type {PeriodEvent} from '../operations/send-period.ts';
import type {Sent} from '../operations/sending.ts';
import * as render from '../render/send.ts';
import {showPreview} from './agree.ts';
import {printJson, say} from './print.ts';

/** Prints what was sent, or after a dry run what would be. */
export function printSent({preview, outcomes, shared}: Sent, json: boolean | undefined): void {
  if (json) printJson(render.sentJson(preview, outcomes, shared));
  else if (outcomes) say(render.renderSent(preview, outcomes));
  else showPreview(preview, 'a dry run, nothing was sent', process.stdout);
}

/** Prints what became of the reports that waited; why some wait on is told as an error. */
export function printPending({outcomes, held, shared}: SentPending, json: boolean | undefined): void {
  if (json) printJson(render.pendingJson(outcomes, held, shared));
  else say(outcomes.length + held.length > 0 ? render.renderDelivered(outcomes) : 'Nothing waits.');
}

/** Lines of the log of a process that stays; whatever is under way is on the disk, so that SIGTERM ends it at once. */
export function staying(format: 'text' | 'json'): (event: PeriodEvent) => void {
  process.once('SIGTERM', () => process.exit(0));
  const line = render.eventLine(format);
  return (event) => process.stderr.write(line(event));
}
