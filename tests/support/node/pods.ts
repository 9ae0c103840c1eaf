/** Pods as the API server describes them, as far as tests ask for it. */

/** A container's status, as far as it is asked for here. */
interface ContainerStatus {
  name: string;
  containerID?: string;
  restartCount: number;
  state: { running?: { startedAt: string } };
  lastState: { terminated?: { reason: string } };
}

export interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { podIP?: string; containerStatuses?: ContainerStatus[]; conditions?: { type: string; status: string }[] };
}

/** @returns the status of a container of a pod, which has it */
export const containerOf = ({ status }: Pod, name: string): ContainerStatus =>
  status.containerStatuses!.find((container) => container.name === name)!;
