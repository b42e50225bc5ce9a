/** The choice of theme, kept in this browser; `auto` follows the system. */
export const themes = ['auto', 'dark', 'light', 'contrast'] as const;
export type Theme = (typeof themes)[number];
export const themeWords: Record<Theme, string> = { auto: 'Like the system', dark: 'Dark', light: 'Light', contrast: 'High contrast' };

const key = 'toka.theme';
const prefersLight = matchMedia('(prefers-color-scheme: light)');
const prefersContrast = matchMedia('(prefers-contrast: more)');

class ThemeState {
  choice = $state<Theme>(stored());
  /** Counts the changes of what is shown, for those who paint by hand. */
  version = $state(0);

  set(choice: Theme): void {
    this.choice = choice;
    try {
      localStorage.setItem(key, choice);
    } catch {
      // A browser that keeps nothing still shows the chosen theme until it is closed.
    }
    this.apply();
  }

  next(): void {
    this.set(themes[(themes.indexOf(this.choice) + 1) % themes.length]!);
  }

  apply(): void {
    const system = prefersContrast.matches ? 'contrast' : prefersLight.matches ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = this.choice === 'auto' ? system : this.choice;
    this.version++;
  }
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return themes.find((t) => t === value) ?? 'auto';
  } catch {
    return 'auto';
  }
}

export const theme = new ThemeState();
prefersLight.addEventListener('change', () => theme.apply());
prefersContrast.addEventListener('change', () => theme.apply());
