// Makes the pages quicker and live. Every page and every form works without it.
(() => {
  'use strict';

  const byId = (id) => document.getElementById(id);
  const viewer = document.body.dataset.viewer || '';
  // What it says, in the language of the page.
  const said = byId('said').dataset;

  // Times: absolute in the page, relative on the screen.

  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const steps = [[3600, 'minute', 60], [86400, 'hour', 3600], [604800, 'day', 86400]];

  function tell(time) {
    const then = Date.parse(time.dateTime);
    if (Number.isNaN(then)) return;
    if (!time.title) time.title = time.textContent;
    const seconds = Math.round((then - Date.now()) / 1000);
    const step = steps.find(([below]) => Math.abs(seconds) < below);
    if (Math.abs(seconds) < 45) time.textContent = relative.format(0, 'second');
    else if (step) time.textContent = relative.format(Math.round(seconds / step[2]), step[1]);
    else time.textContent = new Date(then).toLocaleDateString(language === 'en' ? 'en-GB' : language, { day: 'numeric', month: 'short', year: 'numeric' });
  }

  const tellAll = (root) => root.querySelectorAll('time[datetime]').forEach(tell);

  // New posts and replies: counted, not pushed into what somebody is reading or writing.

  const posts = byId('posts');
  const replies = byId('replies');
  const list = posts || replies;
  const arrivals = byId('arrivals');
  const news = byId('news');

  const cardOf = (entry) => entry.querySelector('article.card');

  function count() {
    if (!news) return;
    const waiting = arrivals.children.length;
    if (waiting === 0) return news.replaceChildren();
    const words = (posts ? said.posts : said.replies).replace('#', waiting);
    const known = news.querySelector('button');
    if (known) {
      known.textContent = words;
      return;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words;
    button.addEventListener('click', reveal);
    news.replaceChildren(button);
  }

  const published = (entry) => entry.querySelector('time')?.dateTime || '';

  // Posts stand newest first, replies oldest first.
  const place = (entry) => (posts ? posts.prepend(entry) : replies.append(entry));

  function focusOn(entry) {
    const author = entry?.querySelector('.by a, .by');
    if (!author) return;
    if (!author.matches('a')) author.tabIndex = -1;
    author.focus({ preventScroll: true });
  }

  function reveal() {
    const fresh = [...arrivals.children].sort((a, b) => (published(a) < published(b) ? -1 : 1));
    fresh.forEach(place);
    count();
    const first = posts ? posts.firstElementChild : fresh[0];
    focusOn(first);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    (posts || first)?.scrollIntoView({ block: posts ? 'start' : 'nearest', behavior: still ? 'auto' : 'smooth' });
  }

  // What its author, or who looks after the channel, can do stands beside the card, which is the same for everybody.
  function strip(entry) {
    const card = cardOf(entry);
    const isOwn = viewer && card?.dataset.author === viewer;
    if (!card || !viewer || entry.querySelector('.strip')) return;
    const mayRemove = isOwn || list?.hasAttribute('data-moderates');
    const deeds = [
      [!card.matches('.reply'), said.share, '/share'],
      [isOwn && !card.matches('.repeat'), said.edit, '/edit'],
      [mayRemove, said.remove, '/remove'],
    ].filter(([may]) => may);
    if (!deeds.length) return;
    const line = document.createElement('p');
    line.className = 'strip';
    for (const [, words, rest] of deeds) {
      const link = document.createElement('a');
      link.href = card.dataset.at + rest;
      link.textContent = words;
      line.append(link, ' ');
    }
    entry.append(line);
  }

  // A card that is in the page already is replaced where it stands; so arriving twice changes nothing.
  function settle(entry) {
    const card = cardOf(entry);
    if (!card || !entry.isConnected) return;
    const twins = document.querySelectorAll(`article[id="${CSS.escape(card.id)}"]`);
    const known = [...twins].find((twin) => twin !== card);
    if (known) {
      const place = known.closest('.entry');
      const line = entry.querySelector('.strip');
      known.replaceWith(card);
      if (line && place && !place.querySelector('.strip')) place.append(line);
      entry.remove();
      tellAll(card);
    } else {
      tellAll(entry);
      strip(entry);
      if (entry.parentElement === arrivals && viewer && card.dataset.author === viewer) place(entry);
    }
    count();
  }

  // After a gap that nobody can tell piece by piece, the newest page is fetched and compared: what is known is
  // replaced, what is new is counted, what is missing was taken away meanwhile.
  async function refetch() {
    if (!list || !window.htmx) return;
    const main = byId('main');
    const fetched = new Map();
    let isFetched = false;
    const collect = (event) => {
      if (event.target !== main || !event.detail.ctx.response?.raw.ok) return;
      isFetched = true;
      for (const task of event.detail.tasks) {
        for (const entry of task.fragment.querySelectorAll('.entry')) fetched.set(cardOf(entry)?.id, published(entry));
      }
    };
    main.addEventListener('htmx-before-swap', collect);
    try {
      await htmx.ajax('GET', location.pathname + location.search, {
        source: main,
        target: '#arrivals',
        select: `#${list.id} > li`,
        swap: 'beforeend',
      });
    } finally {
      main.removeEventListener('htmx-before-swap', collect);
    }
    if (!isFetched) return say(said.missing, 'warning', said.again, location.href);
    const oldest = [...fetched.values()].sort()[0];
    for (const entry of list.children) {
      const card = cardOf(entry);
      if (!oldest || !card || fetched.has(card.id) || (posts && published(entry) < oldest)) continue;
      const line = document.createElement('p');
      line.textContent = said.gone;
      card.classList.add('gone');
      card.replaceChildren(line);
    }
  }

  // The connection: a line says when it is lost and when it is back.

  const status = byId('status');
  const live = byId('live');
  let isLost = false;
  let attempts = 0;

  function say(words, className, linked, url) {
    if (!status) return;
    const line = document.createElement('p');
    line.className = className;
    line.textContent = words;
    if (linked) {
      const link = document.createElement('a');
      link.href = url;
      link.textContent = linked;
      line.append(' ', link);
    }
    status.replaceChildren(line);
  }

  // Without its element the stream is not opened again.
  function lose(code) {
    if (!live.isConnected) return;
    if (code === 401) {
      live.remove();
      say(said.ended, 'warning', said.signIn, live.dataset.signIn);
    } else if (code === 403) {
      live.remove();
      say(said.still, 'warning', said.again, location.href);
    } else if (!isLost) {
      isLost = true;
      say(code === 429 ? said.many : said.lost, 'warning');
    }
  }

  // A stream that was never open is tried again here; one that broke is opened again by the extension.
  function retry(code) {
    lose(code);
    const delay = Math.min(1000 * 2 ** attempts, 60000) * (0.7 + 0.6 * Math.random());
    attempts += 1;
    setTimeout(() => {
      if (live.isConnected) htmx.ajax('GET', live.dataset.hxSseConnect, { source: live, swap: 'none' });
    }, delay);
  }

  addEventListener('htmx-before-response', (event) => {
    const { sourceElement, response } = event.detail.ctx;
    if (!response.raw.ok) sent.delete(idOf(sourceElement));
    if (sourceElement !== live || response.raw.ok) return;
    event.preventDefault();
    retry(response.status);
  });
  addEventListener('htmx-sse-error', (event) => lose(event.detail.status));
  addEventListener('htmx-sse-after-connection', (event) => {
    attempts = 0;
    if (!isLost || event.detail.connection.status !== 200) return;
    isLost = false;
    say(said.back, 'good');
  });

  // What is new to this person: a number in the title, a dot on the icon.

  const icon = document.querySelector('link[rel="icon"]');
  const plain = { title: document.title, icon: icon?.href };

  function notify() {
    const count = byId('notified')?.querySelector('[aria-hidden]')?.textContent;
    document.title = count ? `(${count}) ${plain.title}` : plain.title;
    if (icon?.dataset.withNews) icon.href = count ? icon.dataset.withNews : plain.icon;
  }

  // Writing.

  const LONGEST = 65536;

  function measure(area) {
    const form = area.form;
    let line = form.querySelector('.count');
    const length = new TextEncoder().encode(area.value).length;
    if (length < 1000) return line?.remove();
    if (!line) {
      line = document.createElement('p');
      line.className = 'count';
      area.after(line);
    }
    const [now, most] = [length, LONGEST].map((number) => number.toLocaleString(language));
    line.textContent = said.size.replace('#', now).replace('#', most);
  }

  // The answer brings a new form. What was typed since the old one was sent goes on in it: all of it where the post is
  // not out yet, else what is new.
  const sent = new Map();
  const areaOf = (form) => form.querySelector('textarea');
  // Its own property is hidden by the field of that name.
  const idOf = (form) => form?.getAttribute('id');

  function carryOver(form) {
    const old = sent.get(idOf(form));
    sent.delete(idOf(form));
    if (!old || old.now === old.text) return;
    const area = areaOf(form);
    const isOut = area.value === '' && old.text !== '';
    area.value = isOut && old.now.startsWith(old.text) ? old.now.slice(old.text.length).trimStart() : old.now;
    measure(area);
    if (document.activeElement === document.body || document.activeElement === area) {
      area.focus({ preventScroll: true });
      area.setSelectionRange(area.value.length, area.value.length);
    }
  }

  addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('.composer') || sent.has(idOf(form))) return;
    sent.set(idOf(form), { text: areaOf(form).value, now: areaOf(form).value });
  }, { capture: true });
  addEventListener('input', (event) => {
    const area = event.target;
    if (!area.matches?.('.composer textarea')) return;
    measure(area);
    const form = sent.get(idOf(area.form));
    if (form) form.now = area.value;
  });
  addEventListener('keydown', (event) => {
    const isSend = event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing;
    if (isSend && event.target.matches?.('.composer textarea')) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  // Files that were chosen go out at once, and say that they are on their way; describing them comes next.
  addEventListener('change', (event) => {
    const input = event.target;
    if (!input.matches?.('.adding input[type=file]') || !input.files.length) return;
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', said.sending);
    input.after(bar);
    input.form.requestSubmit(input.form.querySelector('.adding button'));
  });

  // What did not get through says so where it was asked for; a form keeps its text.
  addEventListener('htmx-error', (event) => {
    const source = event.detail?.ctx?.sourceElement;
    if (source && source === live) return retry();
    const form = source?.closest?.('form');
    const beside = source?.closest?.('#older') ? byId('older-problem') : form?.querySelector('.wrong');
    const where = beside || (form && byId('notice'));
    if (!where) return;
    form?.querySelector('progress')?.remove();
    sent.delete(idOf(form));
    const line = document.createElement('p');
    line.className = 'problem';
    line.setAttribute('role', 'alert');
    line.textContent = said.failed;
    where.replaceChildren(line);
  });

  let last = null;
  addEventListener('htmx-before-request', (event) => {
    const source = event.detail?.ctx?.sourceElement;
    if (!source || source === live) return;
    source.querySelector('.wrong')?.replaceChildren();
    byId('notice')?.replaceChildren();
    last = null;
    if (!source.closest('#older')) return;
    byId('older-problem')?.replaceChildren();
    last = posts.lastElementChild;
  });
  // The link that was followed to older posts is gone: reading goes on at the first of them.
  addEventListener('htmx-after-swap', (event) => {
    if (!last || event.detail.ctx.select !== '#posts > li') return;
    focusOn(last.nextElementSibling);
    last = null;
  });

  // Whatever comes into the page passes here once.
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.target.id === 'resync' && change.addedNodes.length) {
        change.target.replaceChildren();
        refetch();
      }
      if (change.target.id === 'notified') notify();
      for (const node of change.addedNodes) {
        if (node.nodeType !== 1) continue;
        if (node.matches('li.entry')) settle(node);
        else if (node.matches('.composer')) carryOver(node);
        else if (change.target === status && node.matches('.good')) setTimeout(() => node.remove(), 8000);
        else if (node.matches('article.card')) {
          tellAll(node);
          if (node.closest('#arrivals') && node.matches('.gone')) node.closest('.entry').remove();
          count();
        }
      }
    }
  }).observe(document.body, { childList: true, subtree: true });

  document.documentElement.classList.add('scripted');
  tellAll(document);
  notify();
  setInterval(() => tellAll(document), 60000);
})();
