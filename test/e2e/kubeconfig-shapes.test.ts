// The kubeconfigs that clouds and distributions write, field for field; their plugins are scripts that insist on the
// arguments and variables that the real ones are given.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {temporaryFolder} from '../cluster/connection/connecting.ts';
import {plugin, says, v1beta1} from '../cluster/connection/plugins.ts';
import {kubectlWhoami, ourWhoami, userOf} from '../cluster/connection/whoami.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';

interface Fill {
  url: string;
  port: number;
  ca: string;
  token: string;
  cert: string;
  key: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const shapes: [name: string, write: (fill: Fill) => string, user: string][] = [
  [
    'GKE',
    ({url, ca}) => `
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${ca}
    server: ${url}
  name: gke_example-project_europe-west1_example
contexts:
- context:
    cluster: gke_example-project_europe-west1_example
    user: gke_example-project_europe-west1_example
  name: gke_example-project_europe-west1_example
current-context: gke_example-project_europe-west1_example
kind: Config
preferences: {}
users:
- name: gke_example-project_europe-west1_example
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: gke-gcloud-auth-plugin
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
      provideClusterInfo: true
`,
    'reader',
  ],
  [
    'EKS',
    ({url, ca}) => `
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${ca}
    server: ${url}
  name: arn:aws:eks:eu-west-1:111122223333:cluster/example
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/example
    user: arn:aws:eks:eu-west-1:111122223333:cluster/example
  name: arn:aws:eks:eu-west-1:111122223333:cluster/example
current-context: arn:aws:eks:eu-west-1:111122223333:cluster/example
kind: Config
preferences: {}
users:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/example
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - example
      - --output
      - json
      command: aws
      env:
      - name: AWS_PROFILE
        value: example
`,
    'reader',
  ],
  [
    'AKS with kubelogin',
    ({url, ca}) => `
apiVersion: v1
clusters:
- cluster: {certificate-authority-data: ${ca}, server: '${url}'}
  name: example
contexts:
- context: {cluster: example, user: clusterUser_group_example}
  name: example
current-context: example
kind: Config
preferences: {}
users:
- name: clusterUser_group_example
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: [get-token, --environment, AzurePublicCloud, --login, devicecode]
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed which is required to connect to AAD enabled cluster.
      provideClusterInfo: false
`,
    'reader',
  ],
  [
    'AKS without it',
    ({url, ca, token, cert, key}) => `
apiVersion: v1
clusters: [{name: example, cluster: {certificate-authority-data: ${ca}, server: '${url}'}}]
contexts: [{name: example, context: {cluster: example, user: clusterAdmin_group_example}}]
current-context: example
kind: Config
preferences: {}
users:
- name: clusterAdmin_group_example
  user: {client-certificate-data: ${cert}, client-key-data: ${key}, token: ${token}}
`,
    'admin',
  ],
  [
    'OpenShift',
    ({port, ca, token}) => `
apiVersion: v1
clusters:
- cluster: {certificate-authority-data: ${ca}, server: 'https://localhost:${port}'}
  name: localhost:${port}
contexts:
- context: {cluster: 'localhost:${port}', namespace: default, user: 'kube:admin/localhost:${port}'}
  name: default/localhost:${port}/kube:admin
current-context: default/localhost:${port}/kube:admin
kind: Config
preferences: {}
users:
- name: kube:admin/localhost:${port}
  user: {token: ${token}}
`,
    'reader',
  ],
  [
    'Rancher',
    ({url, ca, token}) => `
apiVersion: v1
kind: Config
clusters:
- name: "example"
  cluster:
    server: "${url}"
    certificate-authority-data: "${ca.slice(0, 64)}\\
      ${ca.slice(64, 128)}\\
      ${ca.slice(128)}"

users:
- name: "example"
  user:
    token: "${token}"


contexts:
- name: "example"
  context:
    user: "example"
    cluster: "example"

current-context: "example"
`,
    'reader',
  ],
  [
    'k3s and kind',
    ({url, ca, cert, key}) => `
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${ca}
    server: ${url}
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${cert}
    client-key-data: ${key}
`,
    'admin',
  ],
  [
    'minikube',
    ({url}) => `
apiVersion: v1
clusters:
- cluster:
    certificate-authority: files/ca.crt
    extensions:
    - extension: {last-update: 'Sun, 01 Jun 2025 10:00:00 UTC', provider: minikube.sigs.k8s.io, version: v1.36.0}
      name: cluster_info
    server: ${url}
  name: minikube
contexts:
- context:
    cluster: minikube
    extensions:
    - extension: {last-update: 'Sun, 01 Jun 2025 10:00:00 UTC', provider: minikube.sigs.k8s.io, version: v1.36.0}
      name: context_info
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    client-certificate: files/client.crt
    client-key: files/client.key
`,
    'admin',
  ],
];

/** The clouds' plugins: each answers only if it is called as its cloud has it called. */
function installPlugins(folder: string, token: string): void {
  const only = (condition: string) => `${condition} || exit 1\n${says({token}, v1beta1)}`;
  const wanted = '--region eu-west-1 eks get-token --cluster-name example --output json';
  plugin(only(`[ "$*" = '${wanted}' ] && [ "$AWS_PROFILE" = example ]`), join(folder, 'aws'));
  plugin(
    only(`case "$KUBERNETES_EXEC_INFO" in *'"server":"https://'*) ;; *) false;; esac`),
    join(folder, 'gke-gcloud-auth-plugin'),
  );
  plugin(only(`[ "$1 $5" = 'get-token devicecode' ]`), join(folder, 'kubelogin'));
}

const test = rigSuite<{server: SharedApiserver}>('kubeconfigs as they are written', ['apiserver', 'kubectl']);

test.before(async (context) => {
  context.server = await sharedApiserver();
});

for (const [name, write, user] of shapes) {
  test(name, async ({server}) => {
    const {url, port, ca, adminCert, adminKey, tokens} = server;
    const home = temporaryFolder();
    installPlugins(home, tokens.reader);
    mkdirSync(join(home, '.kube', 'files'), {recursive: true});
    const files = {'ca.crt': ca, 'client.crt': adminCert, 'client.key': adminKey};
    for (const [file, content] of Object.entries(files)) writeFileSync(join(home, '.kube', 'files', file), content);
    const fill = {url, port, ca: base64(ca), token: tokens.reader, cert: base64(adminCert), key: base64(adminKey)};
    writeFileSync(join(home, '.kube', 'config'), write(fill));
    const env = {PATH: `${home}:${process.env.PATH}`};
    const [ours, theirs] = await Promise.all([ourWhoami({}, env, home), kubectlWhoami([], env, home)]);
    assert.equal(ours, theirs);
    assert.is(userOf(ours), user);
  });
}

test.run();
