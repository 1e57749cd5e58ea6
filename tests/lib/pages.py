"""A browser without script, for tests: cookies, forms, redirects it is told to follow, and a reader of HTML. See tests/e2e/test-sign-in."""
import html.parser
import http.client
import re
import urllib.parse

PASSWORD = 'tap-duot-2026'


class Reader(html.parser.HTMLParser):
    """Forms with their fields, and the text, of a page."""
    def __init__(self, text):
        super().__init__()
        self.forms, self.text, self.ids, self.marks = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if 'id' in a:
            self.ids.add(a['id'])
        if tag == 'form':
            self.forms.append((a.get('action'), {}, a.get('method')))
        elif tag in ('input', 'textarea') and self.forms and a.get('name'):
            self.forms[-1][1][a['name']] = a.get('value', '')
        if tag == 'script' and 'src' not in a:
            self.marks.append('script within the page')

    def handle_data(self, data):
        self.text.append(data)

    def form(self, action):
        for a, fields, _ in self.forms:
            if a == action:
                return dict(fields)
        return None

    @property
    def words(self):
        return re.sub(r'\s+', ' ', ' '.join(self.text))


class Browser:
    def __init__(self, port, https=False, client=None):
        self.port, self.cookies, self.headers = port, {}, {}
        if https:
            self.headers['X-Forwarded-Proto'] = 'https'
        self.client = client or f'10.{id(self) % 250}.{id(self) // 250 % 250}.{id(self) // 62500 % 250}'

    def ask(self, method, path, fields=None, follow=True, **headers):
        c = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        h = {'Accept': 'text/html', 'X-Forwarded-For': self.client, **self.headers}
        if body is not None:
            h.update({'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin'})
        if self.cookies:
            h['Cookie'] = '; '.join(f'{k}={v}' for k, v in self.cookies.items())
        h.update({k.replace('_', '-'): v for k, v in headers.items()})
        c.request(method, path, body, h)
        a = c.getresponse()
        self.set = a.headers.get_all('Set-Cookie') or []
        for cookie in self.set:
            name, rest = cookie.split('=', 1)
            if 'Max-Age=0' in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = rest.split(';')[0]
        text = a.read().decode('utf-8')
        c.close()
        self.status, self.answer, self.location = a.status, a.headers, a.headers.get('Location')
        if follow and a.status == 303 and self.location.startswith('/tai-khoan'):
            return self.ask('GET', self.location)
        return Reader(text)

    def get(self, path, **headers):
        return self.ask('GET', path, **headers)

    def sign_in(self, login, password=PASSWORD, **fields):
        page = self.get('/dang-nhap')
        form = page.form('/dang-nhap') or {}
        return self.ask('POST', '/dang-nhap', {**form, 'ten': login, 'mat-khau': password, **fields}, follow=False)

    def post(self, page, action, follow=True, **fields):
        return self.ask('POST', action, {**page.form(action), **{k.replace('_', '-'): v for k, v in fields.items()}}, follow)

    @property
    def session(self):
        return self.cookies.get('mc-phien') or self.cookies.get('__Host-mc-phien')

    def inside(self):
        """Is there anybody? /tai-khoan answers, or leads to the sign-in page."""
        self.ask('GET', '/tai-khoan', follow=False)
        return self.status == 200
