import type {Waiting} from '../delivery/outbox.ts';
import type {Preview} from '../operations/send.ts';
import {renderPendingQuestion, renderPreview, renderQuestion} from '../render/send.ts';
import {colours, width} from '../render/terminal.ts';
import {canAsk, confirm} from './confirm.ts';

/** Asks whether something may be sent. */
export interface Agree {
  readonly report: (preview: Preview) => Promise<boolean>;
  readonly waiting: (waiting: readonly Waiting[]) => Promise<boolean>;
}

/**
 * The questions of `send`, on a terminal; without one there is nobody to ask.
 *
 * @param before called before anything is shown
 */
export function asking(before: () => void): Partial<Agree> {
  if (!canAsk()) return {};
  return {
    report(preview) {
      before();
      showPreview(preview, process.stderr);
      return confirm(renderQuestion(preview));
    },
    waiting: (waiting) => confirm(renderPendingQuestion(waiting)),
  };
}

/** Shows what is about to be sent. */
export function showPreview(preview: Preview, stream: NodeJS.WriteStream): void {
  stream.write(renderPreview(preview, width(stream), colours(stream)));
}
