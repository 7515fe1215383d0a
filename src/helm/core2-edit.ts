import type {Connection} from '../cluster/connection/connection.ts';
import type {Core2Place} from '../cluster/core2/find.ts';
import type {Core2Era} from '../cluster/core2/hodometer.ts';
import type {Core2Plan} from './core2-plan.ts';

/** What each plan about a Hodometer begins with. */
export function core2Overview(
  {context, server, user}: Connection,
  {place, era}: {readonly place: Core2Place; readonly era: Core2Era},
  to: Core2Plan['to'],
): Pick<Core2Plan, 'cluster' | 'namespace' | 'era' | 'to' | 'destinations' | 'level'> {
  const [one] = place.deployments;
  const destinations = place.deployments.flatMap((one) => one.destinations);
  return {
    cluster: {context, server, user},
    namespace: place.namespace,
    era,
    to,
    destinations: [...new Set(destinations)],
    ...(one?.level === undefined ? {} : {level: one.level}),
  };
}
