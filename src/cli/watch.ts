import type {Arrived} from '../collector/arrived.ts';
import {renderArrived} from '../render/arrived.ts';
import {width} from '../render/terminal.ts';
import {printJson, printText} from './print.ts';

/** Prints what arrives at a collector: for people, or as a line of JSON each. */
export function arrivals(isJson: boolean): (arrived: readonly Arrived[], more: number) => void {
  if (!isJson) return (arrived, more) => printText(renderArrived(arrived, more, width(process.stdout)));
  return (arrived, more) => {
    for (const {kind, cluster, received, body} of arrived)
      printJson({kind, cluster, received: new Date(received).toISOString(), body: JSON.parse(body)});
    if (more > 0) printJson({more});
  };
}
