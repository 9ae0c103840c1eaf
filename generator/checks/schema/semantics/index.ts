/**
 * What the API server's Go code compares between fields, kind by kind: selectors and labels, mounts and volumes,
 * requests and limits. What it asks of one field alone is in schemas/kubernetes/constraints.yaml.
 *
 * @see https://github.com/kubernetes/kubernetes/tree/master/pkg/apis each group's validation/validation.go
 */
import type { KubernetesObject } from '../../../model/index.js';
import type { SchemaError } from '../errors/index.js';
import type { Target } from '../keywords.js';
import { withoutNulls } from '../nulls.js';
import {
  checkAdmissionPolicy,
  checkMutatingPolicy,
  checkPolicyBinding,
  checkValidatingBinding,
} from './admission/policies.js';
import { checkApiService } from './api-services.js';
import { checkWebhooks } from './admission/webhooks.js';
import { checkAutoscaler } from './autoscaling.js';
import {
  checkCsiDriver,
  checkParameters,
  checkPriorityClass,
  checkRuntimeClass,
  checkStorageClass,
} from './classes.js';
import { checkConfigMap, checkNamespace, checkSecret } from './configuration.js';
import { checkDefinition } from './definitions/definitions.js';
import { checkEndpoints, checkEndpointSlice } from './endpoints.js';
import { checkCronJob, checkJob } from './jobs.js';
import { checkMetadata } from './metadata.js';
import { checkIngress, checkIngressClass, checkNetworkPolicy, checkServiceCidr } from './networking.js';
import { checkPod, checkPodTemplate } from './pod/index.js';
import { checkDisruptionBudget } from './policy.js';
import { checkLimitRange, checkResourceQuota } from './quota.js';
import { checkBinding, checkRole } from './rbac.js';
import type { Context, Fields, Report } from './report.js';
import { checkService } from './service.js';
import { checkClaimSpec } from './storage/claims.js';
import { checkPersistentVolume } from './storage/persistent-volumes.js';
import {
  checkDaemonSet,
  checkDeployment,
  checkReplicaSet,
  checkReplicationController,
  checkStatefulSet,
} from './workloads.js';

type Check = (object: Fields, report: Report, target: Target) => void;

const checks: Record<string, Check> = {
  'v1/Pod': checkPod,
  'v1/PodTemplate': ({ template }, report, target) =>
    template
      ? checkPodTemplate(template, ['template'], report, target)
      : report([], '"template" is missing', 'missing-field'),
  'v1/Service': checkService,
  'v1/Namespace': checkNamespace,
  'v1/LimitRange': checkLimitRange,
  'v1/ResourceQuota': checkResourceQuota,
  'v1/ConfigMap': checkConfigMap,
  'v1/Secret': checkSecret,
  'v1/PersistentVolumeClaim': (claim, report) => checkClaimSpec(claim['spec'] ?? {}, ['spec'], report),
  'v1/PersistentVolume': checkPersistentVolume,
  'v1/ReplicationController': checkReplicationController,
  'v1/Endpoints': checkEndpoints,
  'discovery.k8s.io/v1/EndpointSlice': checkEndpointSlice,
  'storage.k8s.io/v1/StorageClass': checkStorageClass,
  'storage.k8s.io/v1/VolumeAttributesClass': ({ parameters }, report) => checkParameters(parameters, report),
  'storage.k8s.io/v1/CSIDriver': checkCsiDriver,
  'scheduling.k8s.io/v1/PriorityClass': checkPriorityClass,
  'node.k8s.io/v1/RuntimeClass': checkRuntimeClass,
  'apps/v1/Deployment': checkDeployment,
  'apps/v1/StatefulSet': checkStatefulSet,
  'apps/v1/DaemonSet': checkDaemonSet,
  'apps/v1/ReplicaSet': checkReplicaSet,
  'batch/v1/Job': checkJob,
  'batch/v1/CronJob': checkCronJob,
  'policy/v1/PodDisruptionBudget': checkDisruptionBudget,
  'autoscaling/v1/HorizontalPodAutoscaler': checkAutoscaler,
  'autoscaling/v2/HorizontalPodAutoscaler': checkAutoscaler,
  'networking.k8s.io/v1/Ingress': checkIngress,
  'networking.k8s.io/v1/IngressClass': checkIngressClass,
  'networking.k8s.io/v1/ServiceCIDR': checkServiceCidr,
  'networking.k8s.io/v1/NetworkPolicy': checkNetworkPolicy,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': checkWebhooks,
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': checkWebhooks,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': checkAdmissionPolicy,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': checkValidatingBinding,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': checkMutatingPolicy,
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': checkPolicyBinding,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': checkDefinition,
  'apiregistration.k8s.io/v1/APIService': checkApiService,
  'rbac.authorization.k8s.io/v1/Role': (role, report) => checkRole(role, report, false),
  'rbac.authorization.k8s.io/v1/ClusterRole': (role, report) => checkRole(role, report, true),
  'rbac.authorization.k8s.io/v1/RoleBinding': (binding, report) => checkBinding(binding, report, false),
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': (binding, report) => checkBinding(binding, report, true),
};

export function semanticErrors(object: KubernetesObject, context: Context): SchemaError[] {
  const errors: SchemaError[] = [];
  const report: Report = (path, message, rule = 'invalid-value') => errors.push({ rule, path, message });
  const fields = withoutNulls(object) as Fields;
  checkMetadata(fields as KubernetesObject, context, report);
  checks[`${object.apiVersion}/${object.kind}`]?.(fields, report, context.target);
  return errors;
}
