import type {
  V1ConfigMap,
  V1Deployment,
  V1DeploymentList,
  V1Namespace,
  V1Node,
  V1ObjectMeta,
  V1Secret,
  V1SelfSubjectAccessReview,
  V1StatefulSet,
  V1StatefulSetList,
} from '@kubernetes/client-node';

// Objects of Kubernetes' API by the types that client-node generates from Kubernetes' own description of it. Types alone:
// ARCHITECTURE.md says what its code would cost.

/** An object as it comes in JSON: times are texts, and whatever the schema calls required can be missing all the same. */
type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? string extends keyof T
        ? T
        : {[Key in keyof T]?: Wire<T[Key]>}
      : T;

export type ConfigMap = Wire<V1ConfigMap>;
export type Deployment = Wire<V1Deployment>;
export type DeploymentList = Wire<V1DeploymentList>;
export type Namespace = Wire<V1Namespace>;
export type Node = Wire<V1Node>;
export type ObjectMeta = Wire<V1ObjectMeta>;
export type Secret = Wire<V1Secret>;
export type SelfSubjectAccessReview = Wire<V1SelfSubjectAccessReview>;
export type StatefulSet = Wire<V1StatefulSet>;
export type StatefulSetList = Wire<V1StatefulSetList>;
