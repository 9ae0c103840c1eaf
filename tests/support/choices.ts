/**
 * Rules that a valid registry.yaml may break by what it chooses, each with the choice, said once more and apart from
 * the rule itself: a random config breaks a rule exactly where it chose to.
 */
import type { Settings } from '../../generator/config/index.js';

const NGINX = 'nginx.ingress.kubernetes.io/';

export const choices: Record<string, (settings: Settings) => boolean> = {
  'registry-auth': ({ auth, ingress }) => auth.type === 'none' && ingress.type !== 'none',
  'plain-http-login': ({ auth, ingress, tls }) =>
    auth.type !== 'none' && ingress.type !== 'none' && tls.type === 'none',
  'large-layers': ({ ingress }) => {
    if (ingress.type === 'none') return false;
    const own = Object.entries(ingress.annotations).filter(([name]) => name.startsWith(NGINX));
    // A class that nginx serves, by its name or by what is said to it, and is not known to be.
    if (ingress.controller !== 'nginx') return /nginx/.test(ingress.class) || own.length > 0;
    return own.some(([name, value]) => name === `${NGINX}proxy-body-size` && value !== '0');
  },
};
