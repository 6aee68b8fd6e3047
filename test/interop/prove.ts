import { beforeAll, describe, test } from 'vitest';
import { areas } from './areas.ts';
import { type Place, type PlaceOptions, startPlace } from './place.ts';
import { directions, proofOf } from './row.ts';

/** A test per cell of all areas that name this file as their test; they share one place. */
export function proveAreas(file: string, options: PlaceOptions = {}): void {
  let place: Place;
  beforeAll(async () => {
    place = await startPlace(options);
  });
  for (const { title, rows, test: where } of areas) {
    if (where !== file) continue;
    describe(title, () => {
      for (const row of rows) {
        for (const [direction, text] of directions) {
          const cell = row[direction];
          const proof = cell && proofOf(cell);
          if (proof) test(`${row.name}: ${text}`, () => proof(place));
        }
      }
    });
  }
}
