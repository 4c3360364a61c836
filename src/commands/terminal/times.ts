const MINUTE_MILLIS = 60_000;
const HOUR_MINUTES = 60;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** How points in time are shown to people: in the zone of this machine or in UTC, and it is said in which. */
export interface Clock {
  /** `Sat 2026-11-21 +01:00`, or `… UTC`. */
  readonly day: (iso: string) => string;
  /** `12:04:31`; its day has been shown above it. */
  readonly timeOfDay: (iso: string) => string;
  /** `2026-11-21 12:04:31.123 +01:00`. */
  readonly full: (iso: string) => string;
  /** `+01:00` or `UTC`. */
  readonly zone: (iso: string) => string;
}

export function createClock(isUtc: boolean): Clock {
  const shift = (iso: string): Shifted => shiftToZone(iso, isUtc);
  return {
    day: (iso) => {
      const { text, weekday, zone } = shift(iso);
      return `${weekday} ${text.slice(0, 10)} ${zone}`;
    },
    timeOfDay: (iso) => shift(iso).text.slice(11, 19),
    full: (iso) => {
      const { text, zone } = shift(iso);
      return `${text.slice(0, 10)} ${text.slice(11, 23)} ${zone}`;
    },
    zone: (iso) => shift(iso).zone,
  };
}

interface Shifted {
  /** In ISO 8601, as a clock on the wall shows it. */
  readonly text: string;
  readonly weekday: string;
  readonly zone: string;
}

function shiftToZone(iso: string, isUtc: boolean): Shifted {
  const date = new Date(iso);
  const offsetMinutes = isUtc ? 0 : -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + offsetMinutes * MINUTE_MILLIS);
  return {
    text: shifted.toISOString(),
    weekday: WEEKDAYS[shifted.getUTCDay()] ?? '',
    zone: isUtc ? 'UTC' : formatOffset(offsetMinutes),
  };
}

function formatOffset(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / HOUR_MINUTES), Math.abs(minutes) % HOUR_MINUTES];
  return `${sign}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
