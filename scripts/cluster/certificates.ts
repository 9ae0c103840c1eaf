/** The keys of a cluster for a day: its authority, and who may do what by which certificate. */
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { output } from './namespaces.js';
import { ADDRESS } from './settings.js';

/** File name -> the name in the certificate, by which Kubernetes gives rights. */
const CLIENTS = {
  admin: '/O=system:masters/CN=admin',
  manager: '/CN=system:kube-controller-manager',
  scheduler: '/CN=system:kube-scheduler',
  proxy: '/CN=system:kube-proxy',
};

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Writes ca.crt, apiserver.crt and .key, sa.key and sa.pub, and NAME.conf of each client and of each node's kubelet. @param folder is there @param nodes their names */
export function writeCertificates(folder: string, nodes: string[]): void {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): string => output('openssl', args);
  openssl(
    'req',
    '-x509',
    ...CURVE,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-subj',
    '/CN=authority',
    '-days',
    '2',
  );
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file('sa.key'));
  openssl('pkey', '-in', file('sa.key'), '-pubout', '-out', file('sa.pub'));
  const sign = (name: string, subject: string, extensions: string): void => {
    writeFileSync(file(`${name}.ext`), `${extensions}\n`);
    openssl('req', ...CURVE, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', subject);
    const authority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      ...authority,
      '-days',
      '2',
      '-out',
      file(`${name}.crt`),
      '-extfile',
      file(`${name}.ext`),
    );
  };
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const addresses = ['10.96.0.1', ADDRESS, '127.0.0.1'];
  sign(
    'apiserver',
    '/CN=kube-apiserver',
    `subjectAltName=${[...names.map((name) => `DNS:${name}`), ...addresses.map((ip) => `IP:${ip}`)].join(',')}`,
  );
  const base64 = (name: string): string => readFileSync(file(name)).toString('base64');
  const kubelets = nodes.map((node) => [node, `/O=system:nodes/CN=system:node:${node}`] as const);
  for (const [name, subject] of [...Object.entries(CLIENTS), ...kubelets]) {
    sign(name, subject, 'keyUsage=digitalSignature');
    const cluster = { server: `https://${ADDRESS}:6443`, 'certificate-authority-data': base64('ca.crt') };
    const user = { 'client-certificate-data': base64(`${name}.crt`), 'client-key-data': base64(`${name}.key`) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'node', cluster }],
      users: [{ name, user }],
      contexts: [{ name: 'node', context: { cluster: 'node', user: name } }],
      'current-context': 'node',
    };
    writeFileSync(file(`${name}.conf`), JSON.stringify(config), { mode: 0o600 });
  }
}
