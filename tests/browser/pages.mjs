// Every page that the browser tests look at, in one list. A new page is one line here; one that is not there yet (404, or still a document of
// the API) is skipped and says so. `as`: who looks (a role of accounts.txt, `citizen`, or nobody). `citizen: true` holds it to the weight of
// citizen pages. `status`: what it answers, 200 unless said. {dossier}: the code of a rehearsal dossier of the first clerk's unit.
export const pages = [
  // what everybody meets
  { name: 'home', path: '/', citizen: true },
  { name: 'sign-in', path: '/dang-nhap', citizen: true },
  { name: 'sign-in-english', path: '/dang-nhap?lang=en', citizen: true },
  { name: 'sign-in-staff', path: '/nhan-vien' },
  { name: 'procedures', path: '/thu-tuc', citizen: true },
  { name: 'procedures-found', path: '/thu-tuc?q=khai%20sinh', citizen: true },
  { name: 'procedures-nothing', path: '/thu-tuc?q=zzzzzz', citizen: true },
  { name: 'procedure', path: '/thu-tuc/1.001193', citizen: true },
  { name: 'procedure-english', path: '/thu-tuc/1.001193?lang=en', citizen: true },
  { name: 'track', path: '/tra-cuu', citizen: true },
  { name: 'track-one', path: '/tra-cuu?ma={dossier}', citizen: true },
  { name: 'verify', path: '/xac-minh', citizen: true },
  { name: 'served', path: '/ket-qua-phuc-vu', citizen: true },
  { name: 'style-guide', path: '/kieu-dang' },
  // refused
  { name: 'absent', path: '/khong-co-trang-nay', status: 404, citizen: true },
  { name: 'absent-english', path: '/khong-co-trang-nay?lang=en', status: 404, citizen: true },
  { name: 'address-broken', path: '/%zz', status: 400 },
  { name: 'address-long', path: '/dang-nhap?tiep=/' + 'x'.repeat(9000), status: 414 },
  // a citizen
  { name: 'mine', path: '/toi', as: 'citizen', citizen: true },
  { name: 'apply', path: '/nop?thu-tuc=1.001193', as: 'citizen', citizen: true },
  { name: 'account-citizen', path: '/tai-khoan', as: 'citizen', citizen: true },
  // staff
  { name: 'account', path: '/tai-khoan', as: 'clerk' },
  { name: 'second-factor', path: '/tai-khoan/ma-thu-hai', as: 'clerk' },
  { name: 'counter', path: '/quay', as: 'clerk' },
  { name: 'work-clerk', path: '/xu-ly', as: 'clerk' },
  { name: 'work-officer', path: '/xu-ly', as: 'officer' },
  { name: 'work-dossier', path: '/xu-ly/{dossier}', as: 'clerk' },
  { name: 'work-reviewer', path: '/xu-ly', as: 'reviewer' },
  { name: 'decide', path: '/lanh-dao', as: 'leader' },
  { name: 'return', path: '/tra-ket-qua', as: 'return_clerk' },
  { name: 'records', path: '/xu-ly', as: 'records_clerk' },
  { name: 'administer', path: '/quan-tri', as: 'administrator' },
  { name: 'administer-not-hers', path: '/quan-tri', as: 'clerk', status: 403 },
]
