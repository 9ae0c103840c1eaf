/** What the programs of a node are told. Each rule that is not Kubernetes' default is one of a machine without CAP_SYS_RESOURCE, of control groups in version 1, or of a cluster that leads nowhere else. */
import { PAUSE } from './names.js';
import { namesOf, type NodeNames } from './network.js';

/** Of the API server. */
export const ADDRESS = namesOf(0).address;
export const DNS_ADDRESS = '10.96.0.10';
const SERVICES = '10.96.0.0/16';
const PODS = '10.244.0.0/16';

/** What a node is called, and where its state is. */
export interface Places extends NodeNames {
  /** For state that goes with the node. */
  state: string;
  /** Keys and configurations of clients. */
  keys: string;
  /** Of unpacked Debian packages. */
  packages: string;
  /** Control group of all pods, below the root of each controller. */
  group: string;
}

/** @returns the words of the commands of the control plane, which one node has, and of a node, without their programs' folder */
export const commands = ({ state, keys, name: node, address }: Places): Record<string, string[]> => {
  const key = (name: string): string => `${keys}/${name}`;
  const asClient = (name: string): string[] =>
    ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${key(`${name}.conf`)}`,
    );
  return {
    etcd: [
      'etcd',
      `--data-dir=${state}/etcd`,
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--unsafe-no-fsync',
    ],
    apiserver: [
      'kube-apiserver',
      '--etcd-servers=http://127.0.0.1:2379',
      `--advertise-address=${ADDRESS}`,
      '--secure-port=6443',
      `--service-cluster-ip-range=${SERVICES}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key('sa.pub')}`,
      `--service-account-signing-key-file=${key('sa.key')}`,
      `--client-ca-file=${key('ca.crt')}`,
      `--tls-cert-file=${key('apiserver.crt')}`,
      `--tls-private-key-file=${key('apiserver.key')}`,
      `--kubelet-client-certificate=${key('admin.crt')}`,
      `--kubelet-client-key=${key('admin.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
    ],
    manager: [
      'kube-controller-manager',
      ...asClient('manager'),
      `--service-account-private-key-file=${key('sa.key')}`,
      `--root-ca-file=${key('ca.crt')}`,
      '--use-service-account-credentials=true',
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
    ],
    scheduler: ['kube-scheduler', ...asClient('scheduler'), '--leader-elect=false', '--bind-address=127.0.0.1'],
    containerd: ['containerd', `--config=${state}/containerd.toml`],
    kubelet: [
      'kubelet',
      `--config=${state}/kubelet.json`,
      `--kubeconfig=${key(`${node}.conf`)}`,
      `--root-dir=${state}/kubelet`,
      `--hostname-override=${node}`,
      `--node-ip=${address}`,
    ],
    proxy: ['kube-proxy', `--config=${state}/proxy.json`],
    // NetworkPolicies are enforced as soon as this runs.
    router: [
      'kube-router',
      `--kubeconfig=${key('admin.conf')}`,
      `--hostname-override=${node}`,
      '--run-router=false',
      '--run-service-proxy=false',
      '--run-firewall=true',
      '--run-loadbalancer=false',
      `--service-cluster-ip-range=${SERVICES}`,
      '--metrics-port=0',
      '--health-port=20244',
      '--iptables-sync-period=30s',
    ],
  };
};

/** @returns file name, from the folder for state -> contents */
export function settings({ state, keys, packages, group, name, pods }: Places): Record<string, string> {
  const kubelet = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failSwapOn: false,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${group}`,
    oomScoreAdj: 0,
    containerRuntimeEndpoint: `unix://${state}/containerd.sock`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${keys}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: `${state}/resolv.conf`,
    podLogsDir: `${state}/pods`,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  };
  const proxy = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clusterCIDR: PODS,
    hostnameOverride: name,
    clientConnection: { kubeconfig: `${keys}/proxy.conf` },
    // It may not write these settings of the kernel.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
  const network = {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        // A pod is known by its own address on other nodes, too.
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: `${state}/addresses`,
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const containerd = [
    'version = 2',
    `root = "${state}/containerd"`,
    'state = "/run/containerd"',
    `disabled_plugins = [${['btrfs', 'zfs', 'aufs', 'devmapper'].map((name) => `"io.containerd.snapshotter.v1.${name}"`).join(', ')}, "io.containerd.internal.v1.opt"]`,
    '[grpc]',
    `address = "${state}/containerd.sock"`,
    `[${cri}]`,
    `sandbox_image = "${PAUSE}"`,
    'restrict_oom_score_adj = true',
    'disable_hugetlb_controller = true',
    'tolerate_missing_hugetlb_controller = true',
    `[${cri}.cni]`,
    `bin_dir = "${packages}/usr/lib/cni"`,
    `conf_dir = "${state}/cni"`,
    `[${cri}.registry]`,
    `config_path = "${state}/certs.d"`,
    `[${cri}.containerd]`,
    'snapshotter = "overlayfs"',
    'default_runtime_name = "runc"',
    `[${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${cri}.containerd.runtimes.runc.options]`,
    `BinaryName = "${packages}/usr/sbin/runc"`,
    '',
  ].join('\n');
  return {
    'kubelet.json': JSON.stringify(kubelet),
    'proxy.json': JSON.stringify(proxy),
    'cni/pods.conflist': JSON.stringify(network),
    'containerd.toml': containerd,
  };
}
