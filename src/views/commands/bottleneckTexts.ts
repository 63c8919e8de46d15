import type { Bottleneck } from "../../engine/protocol/bottlenecks.ts";
import { COMPONENT_WORDS, evidenceText, KIND_WORDS } from "../../text/bottlenecks.ts";
import { reasonText } from "../../text/reasons.ts";
import { line } from "../show.ts";

/** `CPU utilisation`, `Lane standard saturation`. */
export function findingName({ component, subject, kind }: Bottleneck): string {
  const of = subject === null ? "" : ` ${line(subject, 60)}`;
  return `${COMPONENT_WORDS[component]}${of} ${KIND_WORDS[kind]}`;
}

/** What was measured of it; why it is unknown when nothing was. */
export function findingEvidence({ evidence, reason }: Bottleneck): string {
  if (reason !== null) return line(reasonText(reason), 300);
  return evidence
    .filter(({ value }) => value !== null)
    .map((one) => `${evidenceText(one)} (${one.source})`)
    .join(" · ");
}

/** How bad it is, in a word or two. */
export function severityText(severity: Bottleneck["severity"]): string {
  return severity === "none" ? "no bottleneck" : severity;
}

/** `critical: CPU utilisation. busy 97% over 15 min (measured). Do this.` */
export function findingExplanation(finding: Bottleneck): string {
  const { severity, suggestion } = finding;
  const advice = suggestion === null ? "" : ` ${line(reasonText(suggestion), 300)}`;
  const evidence = findingEvidence(finding);
  return `${findingName(finding)}, ${severityText(severity)}: ${evidence}${evidence.endsWith(".") ? "" : "."}${advice}`;
}
