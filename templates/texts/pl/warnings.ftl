# Content warnings: in the composer and on cards.
warning-label = Ostrzeżenie o treści
warning-hint = Jeśli coś tu wpiszesz, czytelnicy zobaczą tylko ten wiersz, a resztę otworzą sami. Przy zwykłym wpisie zostaw puste.
warning-some = Nie każdy chce to zobaczyć
