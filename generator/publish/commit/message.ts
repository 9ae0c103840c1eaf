/** The message of a commit: what changes in the cluster, as short as git log shows it, and all of it below. */

/** What a line of git log shows without being cut. See https://git-scm.com/docs/git-commit#_discussion */
const SUBJECT = 72;

/**
 * @param summary what changes, as "tls: registry image 3.0.0 -> 3.1.0; no-tls: replicas 2 -> 3"
 * @returns the message: the summary where it fits into the subject; else as much as fits, and the rest in the body
 */
export function messageOf(summary: string): string {
  if (summary.length <= SUBJECT) return `${summary}\n`;
  const parts = summary.split('; ');
  for (let kept = parts.length - 1; kept > 0; kept--) {
    const subject = `${parts.slice(0, kept).join('; ')}; and ${parts.length - kept} more`;
    if (subject.length <= SUBJECT) return `${subject}\n\n${parts.map(item).join('\n')}\n`;
  }
  return `${shortened(parts[0]!, parts.length > 1 ? `; and ${parts.length - 1} more` : '')}\n\n${parts.map(item).join('\n')}\n`;
}

/** @returns as many of the changes of one part as fit, whole ones where one does. */
function shortened(part: string, more: string): string {
  const label = /^(?:.*?: )?/.exec(part)![0];
  const changes = part.slice(label.length).split(', ');
  for (let kept = changes.length; kept > 0; kept--) {
    const subject = `${label}${changes.slice(0, kept).join(', ')}${kept < changes.length ? ', ...' : ''}${more}`;
    if (subject.length <= SUBJECT) return subject;
  }
  return `${part.slice(0, SUBJECT - more.length - 4).replace(/\s+\S*$/, '')} ...${more}`;
}

/** @returns a message without space at the ends of lines, before, after, and of more than a line between: as git stripspace does. */
export function withoutSpace(text: string): string {
  const inner = text
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
  return inner === '' ? '' : `${inner}\n`;
}

/** A line that begins with # would be a comment to git, and a body is read by people. */
function item(text: string): string {
  return `- ${text}`;
}
