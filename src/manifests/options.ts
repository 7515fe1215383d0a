// Every option of the manifests: flags of `manifests send` and `manifests serve`, values of the chart and its schema are made
// from these tables.

import type {Option, Part} from './option.ts';
import {send} from './send-options.ts';
import {serve} from './serve-options.ts';

export {defaultOf, type Option, type Part, valueName} from './option.ts';

/** The options of each part. */
export const options: Readonly<Record<Part, readonly Option[]>> = {send, serve};
