#!/usr/bin/env python3
"""A stand-in for the residence system of the commune police. It is NOT the residence system, and says so in every answer and every line
of its log. See README.md beside it for the messages and rules.

    STAND_IN_SECRET=… standin/residence/residence.py [--port N]

Listens on 127.0.0.1 only; with port 0 (the default) on a free one. Says `listening 127.0.0.1:PORT` on stdout, then nothing more there.
Ends when its standard input ends, so that it never outlives who started it, or on SIGTERM.
"""
import argparse
import hashlib
import hmac
import http.server
import json
import os
import re
import sys
import threading

STAND_IN = 'STAND-IN: not the residence system'
MODULE = 'CT'
BODY_MAX, PER_QUERY = 1 << 20, 3
FINAL = {4: 'đã đăng ký', 6: 'từ chối', 2: 'yêu cầu bổ sung'}

# Field: (type, required, pattern or None). What is not here is refused.
DOSSIER = {
    'maThongDiep': (str, True, r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'),
    'module': (str, True, MODULE),
    'maHoSoMCDT': (str, True, r'[A-Z][0-9A-Z.]{1,60}-\d{6}-\d{4,}'),
    'maHoSoLT': (str, True, None),
    'maDonVi': (str, True, r'[0-9A-Z.]{1,35}'),
    'maTTHC': (str, True, r'\d\.\d{6}'),
    'ngayTiepNhan': (str, True, r'\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}'),
    'data': (str, True, None),
    'fileDinhKem': (list, True, None),
}
DATA = {
    'nycHoTen': (str, True, r'.{1,200}'),
    'nycNgaySinh': (str, True, r'(\d{2}\.\d{2}\.\d{4})?'),
    'nycSoDDCN': (str, True, r'\d{12}'),
    'nycSoDienThoai': (str, True, None),
    'nycNoiCuTru': (str, True, None),
    'nycGioiTinh': (str, True, r'[123]'),
}
QUERY = {'maDinhDanhHoSo': (list, True, None), 'maTinh': (str, True, r'\d{2}'), 'module': (str, True, MODULE)}


class Refused(Exception):
    def __init__(self, status, code, description):
        super().__init__(description)
        self.status, self.code, self.description = status, code, description


def no_twice(pairs):
    out = {}
    for key, value in pairs:
        if key in out:
            raise Refused(400, 'TWICE', f'{key} stands twice')
        out[key] = value
    return out


def parse(text, where):
    try:
        value = json.loads(text, object_pairs_hook=no_twice)
    except (ValueError, UnicodeDecodeError):
        raise Refused(400, 'NOT_JSON', f'{where} is not JSON') from None
    if not isinstance(value, dict):
        raise Refused(400, 'NOT_OBJECT', f'{where} is not an object')
    return value


def hold_to(shape, value, where):
    for key in value:
        if key not in shape:
            raise Refused(400, 'UNKNOWN_FIELD', f'{where}/{key} is not known')
    for key, (kind, required, pattern) in shape.items():
        if key not in value:
            if required:
                raise Refused(400, 'MISSING_FIELD', f'{where}/{key} is missing')
            continue
        if type(value[key]) is not kind:
            raise Refused(400, 'WRONG_TYPE', f'{where}/{key} is not of type {kind.__name__}')
        if pattern and not re.fullmatch(pattern, value[key]):
            raise Refused(400, 'WRONG_FORM', f'{where}/{key} has not the right form')


class Register:
    """What was sent, in memory only: a stand-in that is started anew knows nothing, and is told again."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = {}   # maThongDiep -> (hash of the body, answer)
        self.dossiers = {}  # maHoSoMCDT -> state

    def receive(self, message, body):
        data = parse(message['data'], '/data')
        hold_to(DATA, data, '/data')
        if message['fileDinhKem']:
            raise Refused(400, 'WRONG_FORM', '/fileDinhKem must be empty: this stand-in keeps no files')
        digest, key, code = hashlib.sha256(body).hexdigest(), message['maThongDiep'], message['maHoSoMCDT']
        if key in self.answers:
            if self.answers[key][0] != digest:
                raise Refused(409, 'OTHER_BODY', 'this maThongDiep came with another body before')
            return self.answers[key][1]
        known = self.dossiers.get(code)
        if known and known['trangThai'] != 2:
            raise Refused(409, 'ALREADY_SENT', 'this dossier is known and no supplement was asked')
        self.dossiers[code] = {
            'maDonVi': message['maDonVi'], 'maTTHC': message['maTTHC'], 'ngayTiepNhan': message['ngayTiepNhan'],
            'digit': int(data['nycSoDDCN'][-1]), 'asked': known is not None, 'looks': 0, 'trangThai': 1}
        answer = {'status': '1', 'statusDescription': 'đã nhận', 'errorCode': '', 'errorDescription': '', 'maThongDiep': key}
        self.answers[key] = (digest, answer)
        return answer

    @staticmethod
    def outcome(d):
        if d['digit'] in (7, 8):
            return 6
        if d['digit'] == 9 and not d['asked']:
            return 2
        return 4

    def step(self, d):
        """One step at each look, none skipped: 1 received, 3 complete, then the outcome, which stays."""
        d['looks'] += 1
        if d['trangThai'] == 1:
            d['trangThai'] = 3
        elif d['trangThai'] == 3:
            d['trangThai'] = self.outcome(d)

    def look(self, query):
        codes = query['maDinhDanhHoSo']
        if not codes or len(codes) > PER_QUERY or not all(isinstance(c, str) for c in codes):
            raise Refused(400, 'WRONG_FORM', f'/maDinhDanhHoSo wants 1 to {PER_QUERY} texts')
        return {'status': '1', 'value': [self.row(code, query) for code in codes]}

    def row(self, code, query):
        d = self.dossiers.get(code)
        row = {'maDonVi': '', 'maTinh': query['maTinh'], 'module': MODULE, 'maHoSoLT': '', 'maHoSoMCDT': code, 'errors': '', 'trangThai': 0,
               'thoiGianThucHien': '', 'ghiChu': STAND_IN, 'ketQuaXuLy': '', 'nguoiXuLy': '', 'chucDanh': '', 'phongBanXuLy': '',
               'noiDungXuLy': '', 'hanBoSungHoSo': ''}
        if d is None:
            row['errors'] = 'UNKNOWN_DOSSIER'
            return row
        self.step(d)
        number = hashlib.sha256(code.encode()).hexdigest()
        state = d['trangThai']
        row.update(maDonVi=d['maDonVi'], trangThai=state, thoiGianThucHien=d['ngayTiepNhan'], nguoiXuLy='Cán bộ giả lập', chucDanh='Cảnh sát khu vực',
                   phongBanXuLy='Công an phường (giả lập)')
        if state == 3:
            row['noiDungXuLy'] = 'Đủ điều kiện giải quyết'
        elif state == 2:
            row['noiDungXuLy'] = 'Bổ sung giấy tờ chứng minh chỗ ở hợp pháp'
        elif state == 6:
            row['noiDungXuLy'] = 'Chỗ ở không đủ điều kiện đăng ký thường trú (Luật Cư trú Điều 23)'
        elif state == 4:
            row['noiDungXuLy'] = 'Đã cập nhật đăng ký thường trú'
            row['ketQuaXuLy'] = json.dumps({'soDangKy': f'{int(number[:6], 16) % 10000}/TB-CAX', 'maGiayToKetQua': 'KQ.G01.' + number[:8].upper()},
                                           ensure_ascii=False, sort_keys=True)
        return row


class Handler(http.server.BaseHTTPRequestHandler):
    server_version, sys_version = 'STAND-IN', ''
    protocol_version = 'HTTP/1.1'
    timeout = 10

    def log_message(self, form, *args):
        pass

    def answer(self, status, value):
        value = dict(value, moPhong=STAND_IN)
        body = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Chu-Ky', sign(body))
        self.end_headers()
        self.wfile.write(body)
        # No body, no code of a dossier: a log holds no personal data.
        print(f'{STAND_IN}: {self.command} {self.path} {status} {value.get("errorCode", "")}', file=sys.stderr, flush=True)

    def do_GET(self):
        self.answer(200 if self.path == '/healthz' else 404, {'status': '1' if self.path == '/healthz' else '0'})

    def do_POST(self):
        try:
            self.answer(200, self.post())
        except Refused as r:
            self.answer(r.status, {'status': '0', 'statusDescription': 'từ chối', 'errorCode': r.code, 'errorDescription': r.description})

    def post(self):
        length = self.headers.get('Content-Length', '')
        if not length.isdigit() or int(length) > BODY_MAX:
            self.close_connection = True
            raise Refused(413 if length.isdigit() else 411, 'LENGTH', 'Content-Length is missing or too large')
        body = self.rfile.read(int(length))
        given = self.headers.get('X-Chu-Ky')
        if not given:
            raise Refused(401, 'NO_SIGNATURE', 'X-Chu-Ky is missing')
        if not hmac.compare_digest(given.encode('latin-1', 'replace'), sign(body).encode()):
            raise Refused(401, 'WRONG_SIGNATURE', 'X-Chu-Ky does not fit')
        if self.headers.get_content_type() != 'application/json':
            raise Refused(415, 'TYPE', 'application/json only')
        message = parse(body, '')
        with register.lock:
            if self.path == '/api/cutru/hosolienthong':
                hold_to(DOSSIER, message, '')
                return register.receive(message, body)
            if self.path == '/api/cutru/tracuu':
                hold_to(QUERY, message, '')
                return register.look(message)
        raise Refused(404, 'NO_SUCH_SERVICE', self.path[:80])


def sign(body):
    return 'sha256=' + hmac.new(secret, body, hashlib.sha256).hexdigest()


def end_with_parent(server):
    try:
        while os.read(0, 1024):
            pass
    except OSError:
        pass
    server.shutdown()


register = Register()
secret = os.environ.get('STAND_IN_SECRET', '').encode()

if __name__ == '__main__':
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--port', type=int, default=0)
    port = arguments.parse_args().port
    if len(secret) < 16:
        sys.exit(f'{STAND_IN}: STAND_IN_SECRET is missing or shorter than 16 bytes')
    server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
    threading.Thread(target=end_with_parent, args=(server,), daemon=True).start()
    print(f'listening 127.0.0.1:{server.server_address[1]}', flush=True)
    print(f'{STAND_IN}: ready', file=sys.stderr, flush=True)
    server.serve_forever()
