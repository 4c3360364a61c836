/**
 * Digits in groups, as people write numbers; spaces may be such that do not break. Before them what has as many digits:
 * identifiers in hex, such as those of requests and traces (one in a thousand would lose its middle), and telephone numbers.
 */
const NUMBERS =
  /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{24,}|\+\d(?:[ \u00a0-]?\d){6,14}(?![ \u00a0-]?\d)|\d(?:[ \u00a0-]?\d){11,}/gi;
const NO_CARD = /[a-f+]/i;

/**
 * First digits and lengths of the issuers of cards. A number made of a time or counted up is as long, but begins otherwise.
 * Source: ISO/IEC 7812-1 and the issuers' own lists.
 */
const CARD =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[0-9]|6\d)\d{10,17}|(?:22[2-9]|2[3-6]\d|27[01]|2720|220[0-4])\d{12,13}|3(?:[47]\d{13}|[0689]\d{12,17}|5\d{14,17}))$/;

const LEAST_DIGITS = 13;
const MOST_DIGITS = 19;

/** International bank account numbers: country, check digits, account. */
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}\b/g;

/** Card numbers, by issuer and check digit. */
export function redactCards(text: string, instead: (digits: string) => string): string {
  return text.replace(NUMBERS, (found) => (NO_CARD.test(found) ? found : redactRun(found, instead)));
}

/** NOTE: a card number may have other numbers before and behind it, but begins and ends with a group of its own. */
function redactRun(run: string, instead: (digits: string) => string): string {
  const pieces = run.split(/([ \u00a0-])/);
  const shown: string[] = [];
  for (let from = 0; from < pieces.length;) {
    const [card, end] = cardFrom(pieces, from);
    shown.push(card === '' ? (pieces[from] as string) : instead(card), pieces[end] ?? '');
    from = end + 1;
  }
  return shown.join('');
}

/** The card number that begins with a piece, if any, and where the separator behind it (or behind the piece) is. */
function cardFrom(pieces: readonly string[], from: number): [digits: string, end: number] {
  let digits = '';
  for (let at = from; at < pieces.length && digits.length < MOST_DIGITS; at += 2) {
    digits += pieces[at] as string;
    if (digits.length >= LEAST_DIGITS && CARD.test(digits) && hasLuhnDigit(digits)) return [digits, at + 1];
  }
  return ['', from + 1];
}

/** Luhn's check digit. Source: ISO/IEC 7812-1, annex B. */
function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Account numbers whose check digits are right. Source: ISO 13616, ISO 7064 (mod 97-10). */
export function redactAccounts(text: string, instead: (account: string) => string): string {
  return text.replace(IBAN, (found) => {
    // NOTE: words of capitals may follow, so the longest number that checks is taken.
    for (let end = found.length; end >= 15; end--) {
      const account = found.slice(0, end);
      if (!account.endsWith(' ') && hasCheckDigits(account.replaceAll(' ', ''))) {
        return instead(account) + found.slice(end);
      }
    }
    return found;
  });
}

function hasCheckDigits(account: string): boolean {
  let rest = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return account.length >= 15 && rest === 1;
}
