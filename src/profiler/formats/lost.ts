import type { LostPart } from "../../engine/protocol/profiles.ts";
import type { Profile } from "../profile.ts";
import type { ProfileWriter } from "./format.ts";

/** What of a profile a format cannot hold. */
export function lostBy(writer: ProfileWriter, { unit, sampleAtUs, frames }: Profile): readonly LostPart[] {
  const lost: LostPart[] = [];
  if (!writer.keepsUnit && unit !== "count") lost.push("unit");
  if (!writer.keepsOrder && sampleAtUs !== null) lost.push("order");
  if (!writer.keepsPlaces && frames.some(({ file, line }) => file !== null && line === null)) lost.push("places");
  return lost;
}
