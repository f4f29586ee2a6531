//! Every problem in Dutch.

use super::{Words, words};

pub(super) const WORDS: [(&str, Words); 34] = [
    (
        "invalid-request",
        words(
            "Het verzoek klopt niet",
            "Een deel van het verzoek ontbreekt, is onbekend of heeft niet de gevraagde vorm.",
            "In “errors” staat bij elke plek wat er wel goed zou zijn. Verbeter dat en stuur het opnieuw.",
        ),
    ),
    (
        "ambiguous-credentials",
        words(
            "Meer dan één aanmeldgegeven",
            "Het verzoek bevat twee verschillende aanmeldgegevens, dus is onduidelijk namens wie het komt.",
            "Stuur er één: de sessiecookie, de header apikey of een bearer-token.",
        ),
    ),
    (
        "unauthenticated",
        words(
            "Niet aangemeld",
            "Het verzoek heeft geen aanmeldgegeven, of een dat hier nooit geldig was of verwijderd is.",
            "Meld je aan, of stuur een geldige API-sleutel in de header apikey.",
        ),
    ),
    (
        "key-expired",
        words(
            "De API-sleutel is verlopen",
            "De vervaldatum van de API-sleutel is voorbij.",
            "Maak een nieuwe API-sleutel en gebruik de waarde daarvan.",
        ),
    ),
    (
        "session-expired",
        words(
            "De sessie is voorbij",
            "Een sessie eindigt na een uur zonder gebruik, na 12 uur, als iemand haar beëindigt en als het wachtwoord \
             of MFA verandert.",
            "Meld je opnieuw aan om verder te gaan.",
        ),
    ),
    (
        "sign-in-failed",
        words(
            "Aanmelden is niet gelukt",
            "De gebruikersnaam, het wachtwoord of de code klopt niet, of dit account kan zich niet met een wachtwoord \
             aanmelden. Welk van de twee het is, wordt niet gezegd.",
            "Controleer wat je typte en probeer het opnieuw. Ben je je wachtwoord vergeten, vraag dan een link om \
             een nieuw wachtwoord te kiezen.",
        ),
    ),
    (
        "insufficient-scope",
        words(
            "De API-sleutel mist een scope",
            "De API-sleutel is geldig, maar de scopes ervan dekken deze aanroep niet.",
            "Gebruik een sleutel met een van de scopes in “required_scopes”, of maak er een.",
        ),
    ),
    (
        "session-required",
        words(
            "Hiervoor is een aangemelde gebruiker nodig",
            "Dit kan alleen iemand die zich heeft aangemeld, nooit een API-sleutel.",
            "Meld je aan bij Gebruikersinstellingen en doe het daar.",
        ),
    ),
    (
        "step-up-required",
        words(
            "Bevestig dat jij het bent",
            "Deze wijziging vraagt om een bewijs van identiteit van minder dan tien minuten oud.",
            "Bevestig je wachtwoord, en je code als MFA aanstaat, en herhaal het verzoek.",
        ),
    ),
    (
        "role-required",
        words(
            "Hiervoor is een beheerder nodig",
            "Alleen beheerders van het account mogen dit.",
            "Vraag het aan een lid van de groep Admin van de omgeving ROOT.",
        ),
    ),
    (
        "cross-site-request",
        words(
            "Het verzoek kwam van een andere site",
            "Een pagina van een andere site liet de browser deze wijziging sturen; daarom is ze niet uitgevoerd.",
            "Maak deze wijziging op de eigen pagina van het portaal. Een script stuurt een API-sleutel en geen header \
             Origin.",
        ),
    ),
    (
        "mfa-enrolment-required",
        words(
            "Stel eerst MFA in",
            "Het account vraagt van elke gebruiker een tweede factor, en je hebt er nog geen.",
            "Stel MFA in met een authenticator-app; zodra die bevestigd is, gaat al het andere open.",
        ),
    ),
    (
        "not-found",
        words(
            "Niet gevonden",
            "Op dit adres is niets, of het is niet aan jou om het te zien.",
            "Controleer het adres en de namen daarin.",
        ),
    ),
    (
        "method-not-allowed",
        words(
            "Deze methode kan hier niet",
            "Het adres bestaat, maar kan niet op deze manier worden gebruikt.",
            "Gebruik een van de methoden die in de header Allow staan.",
        ),
    ),
    (
        "name-taken",
        words(
            "De naam is bezet",
            "Iets anders heeft deze naam al; hoofdletters maken geen verschil.",
            "Kies een andere naam, of verwijder wat deze naam heeft.",
        ),
    ),
    (
        "limit-reached",
        words(
            "De grens is bereikt",
            "Er zijn er zoveel als er mogen zijn; in “limit” staat hoeveel dat er zijn.",
            "Verwijder er een die niet nodig is en probeer het opnieuw.",
        ),
    ),
    (
        "not-available-for-sso",
        words(
            "Beheerd door de identiteitsprovider",
            "Je meldt je aan via de identiteitsprovider van je organisatie; die beheert je wachtwoord en MFA.",
            "Wijzig ze daar.",
        ),
    ),
    (
        "mfa-already-enabled",
        words(
            "MFA staat al aan",
            "Je hebt al een tweede factor.",
            "Stel die opnieuw in om een andere authenticator te gebruiken; de oude werkt tot de nieuwe bevestigd is.",
        ),
    ),
    (
        "mfa-not-enabled",
        words("MFA staat niet aan", "Hiervoor is een tweede factor nodig, en je hebt er geen.", "Zet eerst MFA aan."),
    ),
    (
        "mfa-enforced",
        words(
            "Het account verplicht MFA",
            "Elke gebruiker van dit account heeft MFA nodig; uitzetten kan dus niet.",
            "Stel MFA opnieuw in om een andere authenticator te gebruiken.",
        ),
    ),
    (
        "mfa-not-offered",
        words(
            "Het account biedt geen MFA",
            "Volgens het beleid van het account worden geen nieuwe tweede factoren ingesteld.",
            "Vraag een beheerder om het MFA-beleid van het account te wijzigen.",
        ),
    ),
    (
        "key-not-active",
        words(
            "De API-sleutel is niet actief",
            "Een verlopen sleutel kan niet worden geroteerd: dan zou hij weer gaan werken. Ook kan een sleutel zichzelf niet \
             roteren met een waarde die al vervangen is: wie daarmee buitengesloten moest worden, zou de sleutel houden.",
            "Maak in plaats van een verlopen sleutel een nieuwe; de naam is weer vrij. Gebruik in plaats van de oude waarde \
             de nieuwe, of roteer de sleutel terwijl je bent aangemeld.",
        ),
    ),
    (
        "not-empty",
        words(
            "Er hangt nog iets van af",
            "Het kan niet weg zolang iets anders het nodig heeft, of omdat het account er niet zonder kan.",
            "Verplaats of verwijder eerst wat ervan afhangt.",
        ),
    ),
    (
        "token-expired",
        words(
            "De link of code is niet meer geldig",
            "De link of code is al gebruikt, verlopen, door een nieuwere vervangen of onbekend.",
            "Begin opnieuw en gebruik de nieuwste e-mail.",
        ),
    ),
    (
        "precondition-failed",
        words(
            "Het is intussen gewijzigd",
            "Iemand heeft het gewijzigd nadat je het las; daarom is je wijziging niet uitgevoerd.",
            "Lees het opnieuw en herhaal de wijziging met de nieuwe ETag.",
        ),
    ),
    (
        "payload-too-large",
        words(
            "Het verzoek is te groot",
            "Een verzoek mag hoogstens 16 KiB groot zijn.",
            "Stuur minder, of verdeel het over meer verzoeken.",
        ),
    ),
    (
        "unsupported-media-type",
        words(
            "Dit mediatype kan hier niet",
            "Het Content-Type van het verzoek past niet bij deze aanroep, of de tekst is geen UTF-8.",
            "Stuur application/json; een PATCH mag application/merge-patch+json zijn, en introspect wil een formulier.",
        ),
    ),
    (
        "password-rejected",
        words(
            "Kies een ander wachtwoord",
            "Het nieuwe wachtwoord is te kort of te lang, wordt door velen gebruikt, is makkelijk te raden, bevat een \
             van je namen of is het wachtwoord dat je al hebt. In “reasons” staat wat het is.",
            "Gebruik een langer wachtwoord, bijvoorbeeld enkele woorden die niets met elkaar te maken hebben.",
        ),
    ),
    (
        "password-incorrect",
        words(
            "Het wachtwoord klopt niet",
            "Wat als huidig wachtwoord werd opgegeven, is niet je wachtwoord.",
            "Typ je huidige wachtwoord opnieuw.",
        ),
    ),
    (
        "code-rejected",
        words(
            "De code klopt niet",
            "De code is onjuist, te oud of al gebruikt: elke code werkt één keer.",
            "Wacht op de volgende code van je authenticator. Blijft hij onjuist, zet dan de klok van dat apparaat \
             gelijk, of gebruik een herstelcode.",
        ),
    ),
    (
        "idempotency-key-reused",
        words(
            "De Idempotency-Key hoort bij een ander verzoek",
            "Deze Idempotency-Key is de afgelopen 24 uur met een ander verzoek gestuurd.",
            "Gebruik een nieuwe Idempotency-Key voor een nieuw verzoek.",
        ),
    ),
    (
        "too-many-attempts",
        words(
            "Te veel pogingen",
            "Er waren in korte tijd te veel pogingen.",
            "Wacht zoveel seconden als de header Retry-After zegt en probeer het opnieuw. Niets is blijvend \
             geblokkeerd.",
        ),
    ),
    (
        "internal",
        words(
            "Hier ging iets mis",
            "De dienst heeft een storing. Het ligt niet aan jou.",
            "Probeer het later opnieuw. Blijft het zo, geef je beheerder dan het nummer van het verzoek (de header \
             x-request-id).",
        ),
    ),
    (
        "unavailable",
        words(
            "De dienst is even niet beschikbaar",
            "Iets dat de dienst nodig heeft, antwoordt nu niet. Er is niets verloren gegaan.",
            "Probeer het zo meteen opnieuw; de header Retry-After zegt over hoeveel seconden.",
        ),
    ),
];
