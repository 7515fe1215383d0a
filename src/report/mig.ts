/**
 * MIG: a card of NVIDIA cut into GPU instances, each a resource of its own (`nvidia.com/mig-1g.10gb`) under the strategy
 * `mixed` of NVIDIA/k8s-device-plugin. The profiles are fixed by the card and its driver, not by the operator.
 */

const guide = 'docs.nvidia.com, MIG User Guide, Supported MIG Profiles';
const operator = 'docs.nvidia.com, GPU Operator, release notes and default MIG configuration';
const manager = 'NVIDIA/mig-parted, example configurations';
const mock = 'NVIDIA/k8s-test-infra, nvml-mock';

/** Cards with seven compute slices. Memory in GB, as the driver names it, of an eighth, a quarter, half and all of the card. */
const sevenSlices: readonly [card: string, memory: readonly [number, number, number, number], source: string][] = [
  ['A100 40GB, A800 40GB', [5, 10, 20, 40], guide],
  ['A100 80GB, A800 80GB, H100 80GB, H800 80GB', [10, 20, 40, 80], guide],
  ['H100 NVL, H800 NVL, H100 94GB', [12, 24, 47, 94], guide],
  ['GH200 with 96GB, H20', [12, 24, 48, 96], guide],
  ['GH200 with 144GB', [18, 36, 72, 144], operator],
  ['H200, H200 NVL', [18, 35, 71, 141], guide],
  ['B200', [23, 45, 90, 180], guide],
  ['GB200', [23, 47, 93, 186], mock],
  ['GB200, older drivers', [24, 47, 95, 189], manager],
  ['B300', [34, 67, 135, 269], operator],
  ['GB300', [35, 70, 139, 278], mock],
];

/** Cards whose profiles have no regular form. */
const otherCards: readonly [card: string, profiles: readonly string[], source: string][] = [
  ['A30', ['1g.6gb', '1g.6gb+me', '2g.12gb', '2g.12gb+me', '4g.24gb'], guide],
  [
    'RTX PRO 5000 Blackwell',
    ['1g.12gb', '1g.12gb+me', '1g.12gb+gfx', '1g.12gb-me', '2g.24gb-me', '4g.48gb', '4g.48gb+gfx'],
    guide,
  ],
  [
    'RTX PRO 6000 Blackwell',
    [
      ...['1g.24gb', '1g.24gb+me', '1g.24gb+gfx', '1g.24gb+me.all', '1g.24gb-me'],
      ...['2g.48gb', '2g.48gb+gfx', '2g.48gb+me.all', '2g.48gb-me', '4g.96gb', '4g.96gb+gfx'],
    ],
    guide,
  ],
];

/** A profile as `nvidia-smi mig -lgip` names it, and who says so. */
export interface MigProfile {
  readonly profile: string;
  readonly source: string;
}

/** Every profile of the cards above, each once; several cards share some. */
export const migProfiles: readonly MigProfile[] = [
  ...new Map(
    [
      ...sevenSlices.flatMap(([, [eighth, quarter, half, all], source]) =>
        [
          ...[`1g.${eighth}gb`, `1g.${eighth}gb+me`, `1g.${quarter}gb`, `2g.${quarter}gb`],
          ...[`3g.${half}gb`, `4g.${half}gb`, `7g.${all}gb`],
        ].map((profile) => ({profile, source})),
      ),
      ...otherCards.flatMap(([, profiles, source]) => profiles.map((profile) => ({profile, source}))),
    ].map((each) => [each.profile, each]),
  ).values(),
];

/**
 * The resource that stands for a profile: a resource's name can't hold a plus sign, so the plug-in writes a dot
 * (NVIDIA/k8s-device-plugin, README, "MIG support in Kubernetes").
 */
export function migResource(profile: string): string {
  return `nvidia.com/mig-${profile.replaceAll('+', '.')}`;
}
