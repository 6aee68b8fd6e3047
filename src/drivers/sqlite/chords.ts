import {
  CHORD_REST_MAX_MS,
  type ChordOpening,
  type ChordPart,
  type ChordPlace,
  type CompleteChord,
} from '../../protocol/index.ts';
import type { Millis } from '../../util/index.ts';
import * as queries from './queries/chord.ts';
import type { Session } from './query.ts';
import { storeResults } from './results.ts';

/** What is read of a chord. */
export interface StoredChord {
  readonly size: number | undefined;
  readonly members: readonly string[];
}

const ALL = -1;

type Counted = [expiresMs: number | null, nowMs: number, ending: string, id: number];

/** Begins chords. Part of a transaction. */
export function openChords(
  session: Session,
  openings: readonly ChordOpening[],
  nowMs: Millis,
): void {
  for (const opening of openings) {
    const { id } = chordOf(session, opening, nowMs);
    session.run(queries.setSize, [expiryOf(opening, nowMs), opening.size, id]);
  }
}

/** Adds one to the size of a chord, once for each task. Part of a transaction. */
export function growChord(
  session: Session,
  { place, taskId }: { place: ChordPlace; taskId: string },
  nowMs: Millis,
): void {
  const { id } = chordOf(session, place, nowMs);
  const by = session.run(queries.insertExtra, [id, jsonOf(taskId)]);
  session.run(queries.addExtra, [expiryOf(place, nowMs), by, id]);
}

/** Takes that back. Part of a transaction. */
export function shrinkChord(session: Session, key: string, taskId: string): void {
  const [chord] = session.all(queries.findChord, [key]);
  if (!chord) return;
  const [id, , , expiresMs] = chord;
  const by = -session.run(queries.deleteExtra, [id, jsonOf(taskId)]);
  session.run(queries.addExtra, [expiresMs, by, id]);
}

/** Counts parts, with the results that come with them. Part of a transaction. @returns the chords that are complete now. */
export function countParts(
  session: Session,
  parts: readonly ChordPart[],
  nowMs: Millis,
): readonly CompleteChord[] {
  const complete = new Map<string, CompleteChord>();
  const count = (part: ChordPart): void => {
    const { id, isOver, hasSize } = chordOf(session, part, nowMs);
    const { key, groupId, taskId, index, member } = part;
    const ending = `${part.head ?? ''}${part.ending}`;
    if (isOver) return;
    const row: [number, string, number | null, string] = [id, jsonOf(taskId), index, member];
    if (session.run(queries.insertPart, row) === 0) return;
    if (hasSize) {
      storeResults(session, part.writes, nowMs);
      for (const each of part.parts) count(each);
    }
    const sinceMs = Math.trunc(nowMs);
    const counted: Counted = [expiryOf(part, nowMs), sinceMs, ending, id];
    const [[isComplete] = [0]] = session.all(queries.countPart, counted);
    if (isComplete) complete.set(key, { groupId, ending });
  };
  for (const part of parts) count(part);
  return [...complete.values()];
}

/** Ends a chord that is complete. Part of a transaction. @returns whether it was. */
export function endChord(
  session: Session,
  { place, isFailed }: { place: ChordPlace; isFailed: boolean },
  nowMs: Millis,
): boolean {
  const [ended] = session.all(queries.endChord, [place.key, Math.trunc(nowMs)]);
  if (!ended) return false;
  if (!isFailed) session.run(queries.deleteParts, [ended[0], ALL]);
  return true;
}

/** Whether a chord is complete, and nobody has ended it. */
export function isChordComplete(session: Session, { key }: ChordPlace, nowMs: Millis): boolean {
  return session.all(queries.findIfComplete, [key, Math.trunc(nowMs)]).length > 0;
}

export function readChord(session: Session, place: ChordPlace, nowMs: Millis): StoredChord {
  const [chord] = session.all(queries.findChord, [place.key]);
  if (!chord || isExpired(chord[3], nowMs)) return { size: undefined, members: [] };
  const [id, size, isOver] = chord;
  const find = place.isOrdered ? queries.findPartsInOrder : queries.findParts;
  const members = session.all(find, [id]).map(([member]) => member);
  return { size: size === null || isOver ? undefined : size, members };
}

/** Whether there are chords that have been complete since then, or longer. */
export function hasCompleteChord(session: Session, sinceMs: Millis, nowMs: Millis): boolean {
  return session.all(queries.hasComplete, [Math.trunc(sinceMs), Math.trunc(nowMs)]).length > 0;
}

/** Those, which rest from now on: see `CHORD_REST_MAX_MS`. Part of a transaction. */
export function takeCompleteChords(
  session: Session,
  { sinceMs, limit, restMs }: { sinceMs: Millis; limit: number; restMs: Millis },
  nowMs: Millis,
): readonly CompleteChord[] {
  const times = [Math.trunc(sinceMs), Math.trunc(nowMs)] as const;
  const rows = session.all(queries.takeComplete, [...times, limit, CHORD_REST_MAX_MS, restMs]);
  return rows.map(([groupId, ending]) => ({ groupId: JSON.parse(groupId) as string, ending }));
}

/** Deletes a chord that is past its time, or so many of its parts. Part of a transaction. @returns whether there was one. */
export function deleteExpiredChord(session: Session, nowMs: Millis, limit: number): boolean {
  const [chord] = session.all(queries.findExpiredChord, [Math.trunc(nowMs)]);
  if (!chord) return false;
  const deleted = session.run(queries.deleteParts, [chord[0], limit]);
  if (deleted < limit) session.run(queries.deleteChord, [chord[0]]);
  return true;
}

/** The chord, made if it is not there; one that is past its time is not. */
function chordOf(
  session: Session,
  place: ChordPlace,
  nowMs: Millis,
): { readonly id: number; readonly isOver: boolean; readonly hasSize: boolean } {
  const { key, groupId } = place;
  const [chord] = session.all(queries.findChord, [key]);
  if (chord) {
    const [id, size, isOver, expiresMs] = chord;
    if (!isExpired(expiresMs, nowMs)) return { id, isOver: isOver === 1, hasSize: size !== null };
    session.run(queries.deleteParts, [id, ALL]);
    session.run(queries.deleteChord, [id]);
  }
  const row: [string, string, number | null] = [key, jsonOf(groupId), expiryOf(place, nowMs)];
  const [[id] = [0]] = session.all(queries.insertChord, row);
  return { id, isOver: false, hasSize: false };
}

function isExpired(expiresMs: number | null, nowMs: Millis): boolean {
  return expiresMs !== null && expiresMs <= nowMs;
}

function expiryOf({ ttlMs }: ChordPlace, nowMs: Millis): number | null {
  return ttlMs === 0 ? null : Math.ceil(nowMs + ttlMs);
}

/** A text of the file cannot have every character. */
function jsonOf(id: string): string {
  return JSON.stringify(id);
}
