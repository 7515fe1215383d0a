// What is checked of every fault: what is told, what is on the disk, what arrived.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import {requireDelivered} from '../../src/operations/delivered.ts';
import {history} from '../../src/operations/history.ts';
import {type SendOptions, send} from '../../src/operations/send.ts';
import {sandbox} from '../delivery/sandbox.ts';
import {type Identity, makeAuthority} from '../rig/certificates.ts';
import {startScripted} from '../rig/scripted.ts';

/** Something that listens: where it is, how often it was asked, and the bodies that came. */
export interface Place {
  url: string;
  env?: NodeJS.ProcessEnv;
  ca?: string;
  bodies?: () => string[];
  close?: () => Promise<void>;
}

export interface Outcome {
  delivered: boolean;
  /** Of the whole message that a person sees. */
  says?: RegExp;
  /** `some`: one or more, as fast as the machine's resolver is. */
  attempts: number | 'several' | 'some';
  /** Whether it is told that the report may have arrived. */
  doubt?: boolean | 'either';
  /** Whether it would be refused again, so that it does not wait. */
  refused?: boolean;
  /** Milliseconds; short where the end of the time is what is waited for. */
  timeout?: number;
}

/** Stands where nothing may repeat it. */
export const secret = 'hunter2-secret';
/** Sends to the place and checks everything that can be seen from outside. */
export async function check(make: () => Promise<Place>, outcome: Outcome): Promise<void> {
  const {url, env = {}, ca, bodies, close} = await make();
  const user = sandbox(env);
  const timeout = outcome.timeout ?? 20_000;
  try {
    const options: SendOptions = {...user.options({urls: [`${url}?key=${secret}`], timeout, allowHttp: true})};
    const cacert = ca && join(user.around.home, 'ca.crt');
    if (cacert) writeFileSync(cacert, ca);
    const {outcomes} = await send({...options, cacert}, user.around);
    const {delivery, waiting, recorded} = outcomes![0]!;
    assert.is(delivery.delivered, outcome.delivered, JSON.stringify(delivery));
    assert.ok(recorded);
    if (outcome.attempts === 'several') assert.ok(delivery.attempts > 1, `${delivery.attempts} attempts`);
    else if (outcome.attempts !== 'some') assert.is(delivery.attempts, outcome.attempts);
    // Whatever arrived, it was the same bytes.
    for (const body of bodies?.() ?? []) assert.ok(body === user.bytes, 'other bytes than agreed to');

    const [entry, ...others] = history(undefined, user.around).entries;
    assert.is(others.length, 0);
    const state = outcome.delivered ? 'delivered' : outcome.refused ? 'refused' : 'waiting';
    const place = ({delivered: 'sent', refused: 'superseded', waiting: 'outbox'} as const)[state];
    assert.is(entry!.state, state);
    assert.equal(user.list('sent'), outcome.delivered ? [`${waiting.id}.json`] : []);
    assert.equal(user.list('outbox'), state === 'waiting' ? [`${waiting.id}.json`] : []);
    assert.is(user.read(place, `${waiting.id}.json`), user.bytes);
    assert.equal(
      user.ledger().map((line) => line.outcome),
      [state === 'waiting' ? 'failed' : state],
    );
    assert.not.match(JSON.stringify(user.ledger()), secret);
    if (outcome.delivered) return requireDelivered(outcomes!);
    const error = thrown(() => requireDelivered(outcomes!));
    assert.is(error.code, 'delivery');
    const said = [error.message, ...error.suggestions].join('\n');
    if (outcome.says) assert.match(said, outcome.says, said);
    assert.not.match(said, secret);
    assert.not.match(said, /[\u0000-\u0009\u000b-\u001f\u007f]/);
    assert.ok(said.length < 1200, said);
    const {doubt = false} = outcome;
    if (doubt !== 'either') assert.is(/may have arrived/.test(said), doubt, said);
    assert.is(entry!.uncertain ?? false, /may have arrived/.test(said));
  } finally {
    await close?.();
    user.remove();
  }
}

/** A collector behind TLS: with a certificate of an unknown CA, or with one that the user trusts by --cacert. */
export async function secure(
  identity?: (authority: Awaited<ReturnType<typeof makeAuthority>>) => Promise<Identity>,
  trusted = identity !== undefined,
): Promise<Place> {
  const authority = await makeAuthority();
  const tls = await (identity ?? ((each) => each.server()))(authority);
  const server = await startScripted({tls, routes: {'*': {status: 204}}});
  return {
    url: server.url,
    bodies: () => server.requests.map(({body}) => body),
    close: server.close,
    ...(trusted ? {ca: authority.cert} : {}),
  };
}

function thrown(work: () => void): UserError {
  try {
    work();
  } catch (error) {
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}
