/**
 * The report library: builds, checks and encodes the usage report of a Kubernetes cluster that runs Seldon Core, in the
 * wire format of Spartakus. Pure: no clock, no randomness, no I/O.
 *
 * @example
 * import {buildReport, encodeReport, nodeBuilder} from 'seldon-usage';
 *
 * const nodes = facts.map(nodeBuilder());
 * const body = encodeReport(buildReport({timestamp: Math.floor(Date.now() / 1000), clusterID, nodes}));
 */
export {
  buildNode,
  buildReport,
  type Choices,
  InvalidReport,
  isGuessable,
  isOptionalField,
  nodeBuilder,
  type ReportFacts,
  withheldResources,
} from './build.ts';
export {type Checked, checkKnownFields, checkReport, type Problem} from './check.ts';
export {type Device, deviceLabels, devices} from './devices.ts';
export {encodeReport, encodeReportParts} from './encode.ts';
export {type Field, type FieldPath, fieldName, fields, fieldsOf, optionalFields} from './fields.ts';
export {fieldsNewerThan, fieldsWithout, withoutFields} from './omit.ts';
export {cloudProvider, cloudProviders} from './provider.ts';
export {canonicalQuantity, quantityValue} from './quantity.ts';
export {isKnownResource} from './resources.ts';
export type {Capacity, Extension, NodeFacts, NodeReport, Report} from './types.ts';
export {builderVersion, packageVersion} from './version.ts';
