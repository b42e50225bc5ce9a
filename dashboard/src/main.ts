import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { session } from './lib/live/session.svelte';
import { theme } from './lib/theme/theme.svelte';

theme.apply();
mount(App, { target: document.getElementById('app')! });
session.start();
