import type {Arrived} from '../collector/arrived.ts';
import {width} from '../host/terminal.ts';
import {renderArrived} from '../render/arrived.ts';
import {printJson, printText} from './print.ts';

/** Prints what arrives at a collector: for people, or as a line of JSON each. */
export function arrivals(
  isJson: boolean,
  output: Pick<NodeJS.WriteStream, 'writableNeedDrain'> = process.stdout,
): (arrived: readonly Arrived[], more: number) => void {
  const print = isJson ? asJson : asText;
  let missed = 0;
  return (arrived, more) => {
    // Whoever reads has stopped: what waits for them must not grow without end.
    if (output.writableNeedDrain) {
      missed += arrived.length + more;
      return;
    }
    print(arrived, more + missed);
    missed = 0;
  };
}

function asText(arrived: readonly Arrived[], more: number): void {
  printText(renderArrived(arrived, more, width(process.stdout)));
}

function asJson(arrived: readonly Arrived[], more: number): void {
  for (const {kind, cluster, received, body} of arrived)
    printJson({kind, cluster, received: new Date(received).toISOString(), body: JSON.parse(body)});
  if (more > 0) printJson({more});
}
