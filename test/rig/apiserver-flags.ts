// What the API server is told about identities, and the files that this needs.
import {generateKeyPairSync} from 'node:crypto';
import type {Authority} from './certificates.ts';

/** The flags that do not change when the server is started again; `file` writes a file and answers its path. */
export async function identityFlags(
  file: (name: string, content: string) => string,
  authority: Authority,
  users: Record<string, string[]>,
  tokens: Record<string, string>,
): Promise<string[]> {
  const server = await authority.server();
  const serviceAccounts = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: {type: 'spki', format: 'pem'},
    privateKeyEncoding: {type: 'pkcs8', format: 'pem'},
  });
  const rows = Object.entries(users).map(([user, groups]) => `${tokens[user]},${user},${user},"${groups.join(',')}"\n`);
  return [
    `--tls-cert-file=${file('server.crt', server.cert)}`,
    `--tls-private-key-file=${file('server.key', server.key)}`,
    `--client-ca-file=${file('clients.crt', authority.cert)}`,
    `--token-auth-file=${file('tokens.csv', rows.join(''))}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('service-accounts.pub', serviceAccounts.publicKey)}`,
    `--service-account-signing-key-file=${file('service-accounts.key', serviceAccounts.privateKey)}`,
    '--authorization-mode=RBAC',
    // It would refuse every pod, since no controller makes the default service accounts.
    '--disable-admission-plugins=ServiceAccount',
    // Queues for many users, of which a test has few: a seventh of what a request costs.
    '--enable-priority-and-fairness=false',
  ];
}
