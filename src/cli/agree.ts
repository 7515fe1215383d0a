import type {OnWaiting} from '../delivery/dispatch.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {width} from '../host/terminal.ts';
import type {Preview} from '../operations/send.ts';
import {colours} from '../render/colours.ts';
import {renderPendingQuestion, renderPreview, renderQuestion, renderRetry} from '../render/send.ts';
import {canAsk, confirm} from './confirm.ts';
import {tell} from './print.ts';

/** Asks whether something may be sent, and tells why it takes long. */
export interface Agree {
  readonly report: (preview: Preview) => Promise<boolean>;
  readonly fleet: (previews: readonly Preview[]) => Promise<boolean>;
  readonly waiting: (waiting: readonly Waiting[]) => Promise<boolean>;
  readonly onRetry: OnWaiting;
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
      showPreview(preview, 'it is sent only after a yes', process.stderr, true);
      return confirm(renderQuestion(preview));
    },
    async fleet(previews) {
      before();
      const {renderFleetPreview, renderFleetQuestion} = await import('../render/fleet.ts');
      process.stderr.write(renderFleetPreview(previews, width(process.stderr)));
      return confirm(renderFleetQuestion(previews));
    },
    waiting: (waiting) => confirm(renderPendingQuestion(waiting)),
    onRetry: ({destination}, reason, wait) => tell(renderRetry(destination, reason, wait)),
  };
}

/** Shows what is about to be sent, and what becomes of it (`fate`); `asks`: the question follows. */
export function showPreview(preview: Preview, fate: string, stream: NodeJS.WriteStream, asks = false): void {
  stream.write(renderPreview(preview, fate, width(stream), colours(stream), asks));
}
