import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {meaning, readManifest} from '../../src/helm/documents.ts';
import {checkUsage, grantsOf, type UsageRules} from '../../src/helm/usage-objects.ts';
import {usageDocuments, usageTexts, versions} from './eras.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

const rules: UsageRules = {suffixes: ['', '-seldon']};
const check = (documents: Any[], more: Partial<UsageRules> = {}) =>
  checkUsage(
    documents.map((object) => ({head: {kind: object.kind, name: object.metadata?.name}, object})),
    {...rules, ...more},
  );

for (const version of versions)
  test(`${version} passes, as it writes them`, () => {
    const documents = readManifest(
      usageTexts({version})
        .map((text) => `---\n# Source: x\n${text}\n`)
        .join(''),
    );
    assert.is(documents.length, 5);
    const found = check(documents.map(({text}) => meaning(text)));
    assert.equal([found.refused, found.objects.length], [[], 5]);
    const {rules: granted, subject, image, collector} = grantsOf(found);
    assert.equal(
      {granted, subject, image, collector},
      {
        granted: [{apiGroups: [''], resources: ['nodes'], verbs: ['list']}],
        subject: 'ServiceAccount kube-system/seldon-spartakus-volunteer',
        image: 'gcr.io/google_containers/spartakus-amd64:v1.1.0',
        collector: 'http://seldon-core-stats.seldon.io',
      },
    );
  });

/** Changes one of the five documents of an era. */
function changed(kind: string, change: (object: Any) => void, version = '1.18.2'): Any[] {
  const documents = structuredClone(usageDocuments({version}));
  change(documents.find((document) => document.kind === kind));
  return documents;
}
const pod = (change: (spec: Any) => void) => changed('Deployment', ({spec}) => change(spec.template.spec));
const container = (change: (one: Any) => void, version?: string) =>
  changed('Deployment', ({spec}) => change(spec.template.spec.containers[0]), version);
const secured = (securityContext: unknown) => container((one) => Object.assign(one, {securityContext}));
const podSecured = (securityContext: unknown) => pod((one) => Object.assign(one, {securityContext}));
const inPod = (more: object) => pod((one) => Object.assign(one, more));
const inContainer = (more: object) => container((one) => Object.assign(one, more));
const line = (database: string, id = '$(cat /proc/sys/kernel/random/uuid)') => [
  '-c',
  `/spartakus volunteer --cluster-id=${id} --database=${database} --extensions=/etc/config/spartakus_volunteer_extensions`,
];

/** What only restricts or places: it passes, and is told. */
const additions: Record<string, [Any[], RegExp]> = {
  resources: [
    inContainer({resources: {limits: {cpu: '100m', memory: '64Mi'}, requests: {cpu: 1}}}),
    /containers\[0\]\.resources: .*100m/,
  ],
  tolerations: [
    inPod({tolerations: [{key: 'node-role.kubernetes.io/infra', operator: 'Exists', effect: 'NoSchedule'}]}),
    /spec\.tolerations: .*infra/,
  ],
  'a toleration of everything': [inPod({tolerations: [{operator: 'Exists'}]}), /spec\.tolerations: .*Exists/],
  'the largest resources': [
    inContainer({resources: {requests: {cpu: 4, memory: '4Gi', 'ephemeral-storage': '8192Mi'}, limits: {cpu: '4e0'}}}),
    /resources: .*4Gi/,
  ],
  'a node selector': [inPod({nodeSelector: {'kubernetes.io/os': 'linux'}}), /nodeSelector: /],
  'pull secrets': [inPod({imagePullSecrets: [{name: 'registry'}]}), /imagePullSecrets: .*registry/],
  'pull secrets of the account': [
    changed('ServiceAccount', (one) => Object.assign(one, {imagePullSecrets: [{name: 'registry'}]})),
    /ServiceAccount .*imagePullSecrets/,
  ],
  'a priority class': [inPod({priorityClassName: 'low'}), /priorityClassName: "low"/],
  'labels of an object': [
    changed('ClusterRole', ({metadata}) =>
      Object.assign(metadata, {labels: {team: 'ml', 'example.com/cost-center': 'b'}}),
    ),
    /ClusterRole .*metadata\.labels: .*team/,
  ],
  'labels of the pod': [
    changed('Deployment', ({spec}) => Object.assign(spec.template.metadata.labels, {team: 'ml'})),
    /template\.metadata\.labels: \{"team":"ml"\}/,
  ],
  'a restricting security context': [
    secured({
      runAsNonRoot: true,
      runAsUser: 65534,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: {drop: ['ALL'], add: []},
      seccompProfile: {type: 'RuntimeDefault'},
    }),
    /securityContext: .*runAsNonRoot/,
  ],
  'one of the pod': [
    podSecured({runAsNonRoot: true, fsGroup: 1000, seccompProfile: {type: 'Localhost', localhostProfile: 'a/b.json'}}),
    /spec\.securityContext/,
  ],
};
for (const [name, [documents, says]] of Object.entries(additions))
  test(`accepted and told: ${name}`, () => {
    const found = check(documents);
    assert.equal(found.refused, []);
    assert.match(found.added.join('\n'), says);
  });

/** Not in the table of the eras, but the same for Kubernetes or set by values that they had. */
const same: Record<string, Any[]> = {
  'a field that is null': changed('ServiceAccount', ({metadata}) => Object.assign(metadata, {annotations: null})),
  'an empty env': container((one) => Object.assign(one, {env: []}), '0.4.1'),
  'a cluster ID of the values': container((one) => {
    one.args = line('https://usage.example:8443/api/v1', '11111111-2222-4333-8444-555555555555');
  }, '0.4.1'),
  'env in the other order': container((one) => one.env.reverse(), '0.2.7'),
  'a line break after the version': changed('ConfigMap', ({data}) => {
    data['version.properties'] += '\n';
  }),
};
for (const [name, documents] of Object.entries(same))
  test(`accepted: ${name}`, () => assert.equal(check(documents), {...check(documents), refused: [], added: []}));

/** What is refused, and how it is named. */
const refused: Record<string, [Any[], RegExp]> = {
  'another role': [
    changed('ClusterRoleBinding', ({roleRef}) => Object.assign(roleRef, {name: 'cluster-admin'})),
    /ClusterRoleBinding seldon-spartakus-volunteer-seldon: roleRef\.name is "cluster-admin"/,
  ],
  'a Role for the ClusterRole': [
    changed('ClusterRoleBinding', ({roleRef}) => Object.assign(roleRef, {kind: 'Role'})),
    /roleRef\.kind/,
  ],
  'the role of another release': [
    changed('ClusterRoleBinding', ({roleRef}) => Object.assign(roleRef, {name: 'seldon-spartakus-volunteer-b'})),
    /roleRef\.name/,
  ],
  'the role of the older name beside the newer': [
    changed('ClusterRoleBinding', ({roleRef}) => Object.assign(roleRef, {name: 'seldon-spartakus-volunteer'})),
    /another ClusterRole than the one beside it/,
  ],
  'another subject': [
    changed('ClusterRoleBinding', ({subjects}) => Object.assign(subjects[0], {name: 'default', namespace: 'seldon'})),
    /subjects\[0\]\.name is "default"/,
  ],
  'one subject more': [
    changed('ClusterRoleBinding', ({subjects}) => subjects.push({kind: 'Group', name: 'system:authenticated'})),
    /subjects\[1\] is .*system:authenticated/,
  ],
  'no subject': [changed('ClusterRoleBinding', (one) => Object.assign(one, {subjects: []})), /subjects is \[\]/],
  'one verb more': [changed('ClusterRole', ({rules}) => rules[0].verbs.push('get')), /rules is /],
  'one rule more': [
    changed('ClusterRole', ({rules}) => rules.push({apiGroups: [''], resources: ['secrets'], verbs: ['get']})),
    /rules is /,
  ],
  'a URL of no resource': [
    changed('ClusterRole', ({rules}) => Object.assign(rules[0], {nonResourceURLs: ['/x']})),
    /rules/,
  ],
  aggregation: [
    changed('ClusterRole', (one) => Object.assign(one, {aggregationRule: {clusterRoleSelectors: [{}]}})),
    /aggregationRule/,
  ],
  'a label that grants': [
    changed('ClusterRole', ({metadata}) =>
      Object.assign(metadata, {labels: {'rbac.authorization.k8s.io/aggregate-to-view': 'true'}}),
    ),
    /labels\."rbac\.authorization\.k8s\.io\/aggregate-to-view"/,
  ],
  'an annotation': [
    changed('ConfigMap', ({metadata}) => Object.assign(metadata, {annotations: {'helm.sh/resource-policy': 'keep'}})),
    /metadata\.annotations/,
  ],
  finalizers: [changed('ConfigMap', ({metadata}) => Object.assign(metadata, {finalizers: ['a/b']})), /finalizers/],
  owners: [changed('ConfigMap', ({metadata}) => Object.assign(metadata, {ownerReferences: [{}]})), /ownerReferences/],
  'a generated name': [
    changed('ConfigMap', ({metadata}) => Object.assign(metadata, {generateName: 'a'})),
    /generateName/,
  ],
  'another namespace': [
    changed('ConfigMap', ({metadata}) => Object.assign(metadata, {namespace: 'seldon'})),
    /metadata\.namespace is "seldon"/,
  ],
  'no namespace': [changed('ConfigMap', ({metadata}) => delete metadata.namespace), /metadata\.namespace is missing/],
  'a key more in the ConfigMap': [changed('ConfigMap', ({data}) => Object.assign(data, {copied: 'x'})), /data\.copied/],
  'another key in it': [changed('ConfigMap', (one) => Object.assign(one, {data: {copied: 'x'}})), /data\.copied/],
  'binary data': [changed('ConfigMap', (one) => Object.assign(one, {binaryData: {a: 'eA=='}})), /binaryData/],
  'another content': [
    changed('ConfigMap', ({data}) => Object.assign(data, {'version.properties': 'hunter'})),
    /data\.version\.properties|data\."version\.properties" is "hunter"/,
  ],
  'an extension more': [
    changed(
      'ConfigMap',
      ({data}) => {
        data.spartakus_volunteer_extensions = '{"seldon-core-version":"0.4.1","x":"y"}';
      },
      '0.4.1',
    ),
    /spartakus_volunteer_extensions/,
  ],
  'a database that is not a URL': [
    changed('ConfigMap', ({data}) => Object.assign(data, {'spartakus.volunteer.database': 'bigquery://x'}), '0.2.7'),
    /database/,
  ],
  'a cluster ID that is not a UUID': [
    changed('ConfigMap', ({data}) => Object.assign(data, {'spartakus.volunteer.clusterid': 'a b'}), '0.2.7'),
    /clusterid/,
  ],
  'secrets of the account': [
    changed('ServiceAccount', (one) => Object.assign(one, {secrets: [{name: 'a'}]})),
    /ServiceAccount .*: secrets is/,
  ],
  'another image': [inContainer({image: 'evil.example/spartakus:v1.1.0'}), /containers\[0\]\.image is "evil\.example/],
  'the image by another tag': [inContainer({image: 'gcr.io/google_containers/spartakus-amd64:v1.1.1'}), /image/],
  'two replicas': [changed('Deployment', ({spec}) => Object.assign(spec, {replicas: 2})), /spec\.replicas is 2/],
  'a container more': [pod(({containers}) => containers.push({...containers[0], name: 'x'})), /containers\[1\] is/],
  'an init container': [inPod({initContainers: [{name: 'a', image: 'b'}]}), /initContainers/],
  'an ephemeral container': [inPod({ephemeralContainers: [{}]}), /ephemeralContainers/],
  'the network of the node': [inPod({hostNetwork: true}), /hostNetwork is true/],
  'the processes of the node': [inPod({hostPID: true}), /hostPID/],
  'the IPC of the node': [inPod({hostIPC: true}), /hostIPC/],
  'a node by name': [inPod({nodeName: 'master'}), /nodeName/],
  'another account': [inPod({serviceAccountName: 'default'}), /serviceAccountName/],
  'its older field': [inPod({serviceAccount: 'admin'}), /serviceAccount is/],
  'shared processes': [inPod({shareProcessNamespace: true}), /shareProcessNamespace/],
  'a runtime class': [inPod({runtimeClassName: 'x'}), /runtimeClassName/],
  'a folder of the node': [
    pod(({volumes}) => volumes.push({name: 'root', hostPath: {path: '/'}})),
    /volumes\[1\] is .*hostPath/,
  ],
  'a Secret for the ConfigMap': [
    pod((one) => Object.assign(one.volumes[0], {configMap: undefined, secret: {secretName: 'a'}})),
    /volumes\[0\]\.(?:configMap|secret)/,
  ],
  'another ConfigMap': [pod(({volumes}) => Object.assign(volumes[0].configMap, {name: 'coredns'})), /configMap\.name/],
  'a mount more': [container(({volumeMounts}) => volumeMounts.push({name: 'a', mountPath: '/b'})), /volumeMounts\[1\]/],
  'a mount elsewhere': [container(({volumeMounts}) => Object.assign(volumeMounts[0], {mountPath: '/'})), /mountPath/],
  'a variable': [inContainer({env: [{name: 'HTTP_PROXY', value: 'http://evil'}]}), /containers\[0\]\.env/],
  'variables of a Secret': [inContainer({envFrom: [{secretRef: {name: 'a'}}]}), /envFrom/],
  'a variable more in 0.2': [container(({env}) => env.push({name: 'X', value: 'y'}), '0.2.7'), /containers\[0\]\.env/],
  'a variable of another Secret in 0.2': [
    container(({env}) => Object.assign(env[0].valueFrom, {secretKeyRef: {name: 'a', key: 'b'}}), '0.2.7'),
    /secretKeyRef/,
  ],
  'a lifecycle hook': [inContainer({lifecycle: {postStart: {exec: {command: ['sh']}}}}), /lifecycle/],
  'a probe': [inContainer({livenessProbe: {exec: {command: ['sh']}}}), /livenessProbe/],
  'a port': [inContainer({ports: [{containerPort: 80, hostPort: 80}]}), /ports/],
  'a working folder': [inContainer({workingDir: '/x'}), /workingDir/],
  'another command': [inContainer({command: ['/bin/bash']}), /command is/],
  'a shell in 0.2': [container((one) => Object.assign(one, {command: ['/bin/sh']}), '0.2.7'), /command/],
  'no command in 1.18': [container((one) => delete one.command), /command is missing/],
  'an argument more': [container(({args}) => args.push('x')), /args\[2\] is "x"/],
  "a class that drives the cluster's own pods off": [
    inPod({priorityClassName: 'system-node-critical'}),
    /priorityClassName is "system-node-critical", which is for what a cluster can't do without/,
  ],
  'an amount that is not a number': [inContainer({resources: {limits: {cpu: Infinity}}}), /limits\.cpu/],
  GPUs: [inContainer({resources: {limits: {'nvidia.com/gpu': 1}}}), /limits\."nvidia\.com\/gpu"/],
  'claims of devices': [inContainer({resources: {claims: [{name: 'a'}]}}), /claims/],
  'a privileged container': [secured({privileged: true}), /securityContext\.privileged is true/],
  'added capabilities': [secured({capabilities: {add: ['SYS_ADMIN']}}), /capabilities\.add/],
  root: [secured({runAsUser: 0}), /runAsUser is 0/],
  "root's group": [podSecured({runAsGroup: 0}), /runAsGroup is 0/],
  'that root is allowed': [secured({runAsNonRoot: false}), /runAsNonRoot is false/],
  escalation: [secured({allowPrivilegeEscalation: true}), /allowPrivilegeEscalation/],
  'no seccomp': [secured({seccompProfile: {type: 'Unconfined'}}), /seccompProfile\.type/],
  'a profile that leads elsewhere': [
    secured({seccompProfile: {type: 'Localhost', localhostProfile: '../../a'}}),
    /localhostProfile/,
  ],
  'SELinux options': [secured({seLinuxOptions: {type: 'spc_t'}}), /seLinuxOptions/],
  'an unmasked /proc': [secured({procMount: 'Unmasked'}), /procMount/],
  sysctls: [podSecured({sysctls: [{name: 'kernel.x', value: '1'}]}), /sysctls/],
  'supplemental groups': [podSecured({supplementalGroups: [0]}), /supplementalGroups/],
  'a label of somebody else’s API': [
    changed('Deployment', ({spec}) => Object.assign(spec.template.metadata.labels, {'node.kubernetes.io/x': 'y'})),
    /node\.kubernetes\.io/,
  ],
  ...Object.fromEntries(
    [
      ...['azure.workload.identity/use', 'aadpodidbinding', 'sidecar.istio.io/inject', 'linkerd.io/inject'],
      ...['iam.amazonaws.com/role', 'vault.hashicorp.com/agent-inject', 'dapr.io/enabled', 'istio.io/rev'],
      ...['admission.datadoghq.com/enabled', 'spiffe.io/spiffe-id', 'keel.sh/policy', 'my.istio.io/team'],
      ...['rbac.example.com/aggregate-to-monitoring', 'reloader.stakater.com/auto', 'pod-security.kubernetes.io/team'],
      ...['app.kubernetes.io/other', 'topology.kubernetes.io/zone', 'anything', 'example.com/anything'],
    ].flatMap((key) => [
      [
        `the label ${key} of the pod`,
        [
          changed('Deployment', ({spec}) => Object.assign(spec.template.metadata.labels, {[key]: 'true'})),
          /template\.metadata\.labels\./,
        ],
      ],
      ...['ServiceAccount', 'ConfigMap', 'ClusterRole', 'ClusterRoleBinding', 'Deployment'].map((kind) => [
        `the label ${key} of the ${kind}`,
        [changed(kind, ({metadata}) => Object.assign(metadata, {labels: {[key]: 'true'}})), /metadata\.labels\./],
      ]),
    ]),
  ),
  'an annotation of the pod': [
    changed('Deployment', ({spec}) =>
      Object.assign(spec.template.metadata, {annotations: {'iam.amazonaws.com/role': 'admin'}}),
    ),
    /template\.metadata\.annotations/,
  ],
  'an annotation of the account': [
    changed('ServiceAccount', ({metadata}) =>
      Object.assign(metadata, {annotations: {'eks.amazonaws.com/role-arn': 'arn:x'}}),
    ),
    /metadata\.annotations/,
  ],
  ...Object.fromEntries(
    [
      {cpu: '1000'},
      {cpu: 5},
      {cpu: '4001m'},
      {cpu: '1e9'},
      {memory: '1Ti'},
      {memory: '5G'},
      {memory: 1e20},
      {memory: -1},
      {memory: '-1'},
      {memory: 'lots'},
      {memory: ['1']},
      {'ephemeral-storage': '1Ei'},
      {'hugepages-2Mi': '1Gi'},
      {'example.com/device': 1},
    ].flatMap((amount) =>
      ['requests', 'limits'].map((list) => [
        `${list} of ${JSON.stringify(amount)}`,
        [inContainer({resources: {[list]: amount}}), new RegExp(`resources\\.${list}\\.`)],
      ]),
    ),
  ),
  'a toleration of nothing': [inPod({tolerations: [{}]}), /tolerations\[0\]\.key is missing/],
  'a toleration of an empty key': [inPod({tolerations: [{key: '', operator: 'Exists'}]}), /tolerations\[0\]\.key/],
  'an ephemeral volume': [
    pod(({volumes}) => volumes.push({name: 'a', ephemeral: {volumeClaimTemplate: {spec: {}}}})),
    /volumes\[1\] is .*ephemeral/,
  ],
  'a projected token': [
    pod((one) =>
      Object.assign(one.volumes[0], {
        configMap: undefined,
        projected: {sources: [{serviceAccountToken: {path: 'token', audience: 'vault'}}]},
      }),
    ),
    /volumes\[0\]\.(?:configMap|projected)/,
  ],
  'modes of the ConfigMap’s files': [
    pod((one) => Object.assign(one.volumes[0].configMap, {defaultMode: 511})),
    /defaultMode/,
  ],
  'the users of the node': [inPod({hostUsers: true}), /hostUsers/],
  'resources of the pod that are claimed': [inPod({resourceClaims: [{name: 'gpu'}]}), /resourceClaims/],
  'another scheduler': [inPod({schedulerName: 'x'}), /schedulerName/],
  'names of other hosts': [inPod({hostAliases: [{ip: '10.0.0.1', hostnames: ['seldon.io']}]}), /hostAliases/],
  'another way to names': [inPod({dnsConfig: {nameservers: ['10.0.0.1']}}), /dnsConfig/],
  'gates that nobody opens': [inPod({schedulingGates: [{name: 'a/b'}]}), /schedulingGates/],
  'a mount in both directions': [
    container(({volumeMounts}) => Object.assign(volumeMounts[0], {mountPropagation: 'Bidirectional'})),
    /mountPropagation/,
  ],
  'root’s group for files': [podSecured({fsGroup: 0}), /fsGroup is 0/],
  'a policy of supplemental groups': [podSecured({supplementalGroupsPolicy: 'Merge'}), /supplementalGroupsPolicy/],
  'options of Windows': [podSecured({windowsOptions: {hostProcess: true}}), /windowsOptions/],
  'a profile of AppArmor that is none': [secured({appArmorProfile: {type: 'Unconfined'}}), /appArmorProfile/],
  'a selector of more': [
    changed('Deployment', ({spec}) => Object.assign(spec.selector.matchLabels, {x: 'y'})),
    /spec\.selector/,
  ],
  'an expression as selector': [
    changed('Deployment', ({spec}) =>
      Object.assign(spec, {selector: {matchExpressions: [{key: 'a', operator: 'Exists'}]}}),
    ),
    /spec\.selector/,
  ],
  'a strategy': [changed('Deployment', ({spec}) => Object.assign(spec, {strategy: {type: 'Recreate'}})), /strategy/],
  'a status': [changed('Deployment', (one) => Object.assign(one, {status: {}})), /status/],
  'four of the five': [usageDocuments().slice(1), /there is no ServiceAccount/],
  'a kind twice': [
    [...usageDocuments(), {...usageDocuments()[1], metadata: {name: 'seldon-spartakus-config-b'}}],
    /there are 2 of the kind ConfigMap/,
  ],
  'the namespace of another release in the name': [usageDocuments({namespace: 'other'}), /metadata\.name is "seldon-/],
  __proto__: [
    changed('ConfigMap', (one) =>
      Object.defineProperty(one.data, '__proto__', {value: 'x', enumerable: true, configurable: true}),
    ),
    /__proto__/,
  ],
};
for (const [name, [documents, says]] of Object.entries(refused))
  test(`refused and named: ${name}`, () => assert.match(check(documents).refused.join('\n'), says));

/** Inside `/bin/sh -c`, or in front of a reader of URLs. */
const notURLs = [
  'http://a;id',
  'http://a$(id)',
  'http://a`id`',
  'http://a|id',
  'http://a&id',
  'http://a>b',
  'http://a\nid',
  'http://a b',
  "http://a'b",
  'http://a"b',
  'http://a\\b',
  'http://a?b=c',
  'http://a*',
  'http://a[b]',
  'http://a{b,c}',
  'http://a#b',
  'http://a!b',
  'http://-a',
  'http://',
  'ftp://a',
  'file:///etc/passwd',
  '$(SECRET)',
  'http://user:password@host',
];
for (const url of notURLs)
  test(`no URL for a shell: ${JSON.stringify(url)}`, () => {
    assert.match(check(inContainer({args: line(url)})).refused.join('\n'), /args\[1\] is/);
    const documents = changed(
      'ConfigMap',
      ({data}) => Object.assign(data, {'spartakus.volunteer.database': url}),
      '0.2.7',
    );
    assert.match(check(documents).refused.join('\n'), /database/);
  });
for (const url of ['http://a', 'https://usage.example', 'https://a.b:8443/api/v1', 'http://10.0.0.1:80/~x/%20'])
  test(`a URL for a shell: ${url}`, () => assert.equal(check(inContainer({args: line(url)})).refused, []));

test('a mirrored image is accepted by its very name', () => {
  const image = 'mirror.example/spartakus-amd64:v1.1.0';
  assert.equal(check(inContainer({image}), {image}).refused, []);
  assert.match(check(inContainer({image: `${image}x`}), {image}).refused.join(), /image is/);
});

test('what is named is cleaned and capped', () => {
  const found = check(inContainer({image: `\u001b[31m${'x'.repeat(500)}`}));
  assert.not.match(found.refused.join('\n'), /\u001b|x{200}/);
});

test.run();
