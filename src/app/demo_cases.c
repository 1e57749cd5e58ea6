/* The stories of the rehearsal: who does what, when, and what must come of it. One table a dossier; demo.c plays all of them together
 * in order of time, from Monday 23/11/2026, 08:00. The letter T and a number name the vectors of the law (R-090 and following). */
#include "app/demo_private.h"
#include "app/demo_words.h"

static const struct demo_step khai_sinh[] = {
    {"2026-11-23 08:05", "tiepnhan.binhduc", "submit",
     SUBMIT("counter", "30292", "1.001193", NEWBORN("Nguyễn Bình An", "female", "2026-11-18") "," PARTY("submitter", "30292", 1) "," PARTY("parent", "30292", 2)), "2026-11-23 17:00"},
    {"2026-11-23 08:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-23 08:30", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-23 08:40", "sohoa.binhduc", "complete_step", STEP("số hóa giấy chứng sinh")},
    {"2026-11-23 09:10", "hotich.binhduc", "complete_step", STEP("đối chiếu CSDL quốc gia về dân cư")},
    {"2026-11-23 10:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-23 10:15", "truongphong.binhduc", "complete_step", STEP("ký nháy")},
    {"2026-11-23 10:20", "truongphong.binhduc", "approve", "{}", NULL, "rights.role"},
    {"2026-11-23 10:40", "chutich.binhduc", "approve", RESULT("213/2026", "2026-11-23", "Giấy khai sinh")},
    {"2026-11-23 10:50", "vanthu.binhduc", "sign_result", "{'result':1,'number':'213/2026','date':'2026-11-23','capacity':'TM.'}"},
    {"2026-11-23 11:05", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step khai_sinh_sau_15_gio[] = {
    {"2026-11-27 15:30", "tiepnhan.binhduc", "submit",
     SUBMIT("counter", "30292", "1.001193", NEWBORN("Trần Gia Huy", "male", "2026-11-20") "," PARTY("submitter", "30292", 3)), "2026-11-30 17:00"},
    {"2026-11-27 16:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-30 08:15", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-30 10:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-30 10:30", "chutich.binhduc", "approve", RESULT("219/2026", "2026-11-30", "Giấy khai sinh")},
    {"2026-11-30 14:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step chung_thuc[] = {
    {"2026-11-23 09:00", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "2.000815", OWNER(4), "'form':{'so_ban':3,'so_trang':2}"), "2026-11-23 17:00"},
    {"2026-11-23 09:02", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-23 09:05", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-23 09:08", "thungan.binhduc", "complete_step", STEP("thu phí chứng thực 12.000 đồng, biên lai điện tử 26TAB")},
    {"2026-11-23 09:10", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-23 09:20", "chutich.binhduc", "approve", RESULT("1042/2026", "2026-11-23", "Bản sao chứng thực (03 bản)")},
    {"2026-11-23 09:30", "tiepnhan.binhduc", "deliver", COLLECTED},
};

static const struct demo_step cu_tru[] = {
    {"2026-11-23 10:00", "tiepnhan.binhduc", "submit", SUBMIT_WITH("counter", "30292", "1.004222", OWNER(12), "'variant':'so-huu'")},
    {"2026-11-23 10:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-23 10:35", "cutru.binhduc", "accept", "{}", NULL, "rights.authority"},
    {"2026-11-25 09:00", "traketqua.binhduc", "deliver", COLLECTED, "2026-12-02 17:00"},
};

static const struct demo_step cu_tru_bo_sung[] = {
    {"2026-11-23 13:40", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004222", OWNER(19))},
    {"2026-11-23 14:00", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-26 09:00", "tiepnhan.binhduc", "supplement",
     "{'complete':true,'components':[{'component':2,'originals':1}],'note':'đã nộp giấy tờ chứng minh chỗ ở hợp pháp'}", "2026-12-07 17:00"},
    {"2026-12-01 09:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step cu_tru_tu_choi[] = {
    {"2026-11-24 08:15", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004222", OWNER(17))},
    {"2026-11-24 08:25", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-26 15:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step cu_tru_su_co[] = {
    {"2026-11-30 07:30", "may", "stand-in:stop", NULL},
    {"2026-11-30 08:10", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004222", OWNER(14))},
    {"2026-11-30 08:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-12-01 08:00", "cutru.binhduc", "accept", "{}", NULL, "rights.authority"},
    {"2026-12-01 08:10", "cutru.binhduc", "accept",
     "{'outage':{'evidence':'Biên bản sự cố 05/BB-CAX ngày 01/12/2026','logged_as':'SC-2026-012'}}", "2026-12-10 17:00"},
    {"2026-12-02 09:00", "cutru.binhduc", "complete_step",
     "{'step':'kiểm tra chỗ ở hợp pháp','outage':{'evidence':'Biên bản sự cố 05/BB-CAX ngày 01/12/2026','logged_as':'SC-2026-012'}}"},
    {"2026-12-04 09:00", "truongca.binhduc", "approve",
     "{'results':[{'number':'88/TB-CAX','date':'2026-12-04','name':'Thông báo về kết quả đăng ký cư trú'}],'outage':{'evidence':'Biên bản sự cố 05/BB-CAX ngày 01/12/2026','logged_as':'SC-2026-012'}}"},
    {"2026-12-04 14:00", "traketqua.binhduc", "deliver", COLLECTED},
    {"2026-12-07 08:00", "may", "stand-in:start", NULL},
};

static const struct demo_step quan_tai_vien[] = {
    {"2026-11-23 08:30", "tiepnhan.ttpvhcc", "submit", SUBMIT("counter", "91.TTPVHCC", "1.002626", PARTY("owner", "30742", 6)), "2026-11-30 17:00"},
    {"2026-11-23 08:45", "thungan.ttpvhcc", "note",
     "{'kind':'fee','text':'Đã thu phí thẩm định 500.000 đồng, biên lai điện tử EBL01 26TAB 00000012'}"},
    {"2026-11-23 15:00", "tiepnhan.ttpvhcc", "hand_over", "{}"},
    {"2026-11-24 08:00", "giamdoc.stp", "assign", TO("botro.stp")},
    {"2026-11-25 10:00", "botro.stp", "complete_step", STEP("thẩm tra điều kiện hành nghề")},
    {"2026-11-26 09:00", "botro.stp", "propose", PROPOSED},
    {"2026-11-26 14:00", "phong.stp", "complete_step", STEP("ký nháy")},
    {"2026-11-26 14:30", "chutich.binhduc", "approve", "{}", NULL, "dossier.absent"},
    {"2026-11-27 09:00", "giamdoc.stp", "approve", RESULT("1187/QĐ-STP", "2026-11-27", "Thông báo ghi tên vào danh sách quản tài viên")},
    {"2026-11-27 09:30", "vanthu.stp", "sign_result", "{'result':1,'number':'1187/QĐ-STP','date':'2026-11-27','capacity':'GĐ'}"},
    {"2026-11-30 09:00", "tiepnhan.ttpvhcc", "deliver", COLLECTED},
};

static const struct demo_step tu_choi_tiep_nhan[] = {
    {"2026-11-23 19:30", "dan:5", "submit", SUBMIT("online", "30292", "1.004873", OWNER(5))},
    {"2026-11-24 09:00", "chutich.rachgia", "refuse", "{'reason':'x','basis':'y'}", NULL, "dossier.absent"},
    {"2026-11-24 09:20", "tiepnhan.binhduc", "refuse",
     "{'reason':'Người yêu cầu đã được cấp giấy còn giá trị cho cùng mục đích','basis':'NĐ 123/2015/NĐ-CP Điều 22'}"},
};

static const struct demo_step tu_choi_giai_quyet[] = {
    {"2026-11-25 10:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(7)), "2026-11-30 17:00"},
    {"2026-11-25 10:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-25 14:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-26 09:00", "hotich.binhduc", "complete_step", STEP("xác minh tại tổ dân phố, có biên bản")},
    {"2026-11-27 08:00", "hotich.binhduc", "propose", "{'outcome':'rejected'}"},
    {"2026-11-27 10:00", "chutich.binhduc", "reject", "{'reason':'Xác minh cho thấy đang có quan hệ hôn nhân','basis':'NĐ 123/2015/NĐ-CP Điều 22'}"},
    {"2026-11-27 15:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step bo_sung_hai_lan[] = {
    {"2026-11-23 09:30", "tiepnhan.ttpvhcc", "submit", SUBMIT("counter", "91.TTPVHCC", "1.002055", PARTY("owner", "30742", 8)), "2026-11-30 17:00"},
    {"2026-11-23 14:00", "tiepnhan.ttpvhcc", "hand_over", "{}"},
    {"2026-11-24 09:00", "giamdoc.stp", "assign", TO("botro.stp")},
    {"2026-11-25 10:00", "botro.stp", "request_supplement", "{'items':['Bản sao chứng chỉ hành nghề luật sư'],'reason':'Thiếu thành phần hồ sơ'}"},
    {"2026-12-03 09:00", "tiepnhan.ttpvhcc", "supplement", "{'complete':true,'components':[{'component':2,'copies':1}]}", "2026-12-10 17:00"},
    {"2026-12-07 10:00", "botro.stp", "request_supplement", "{'items':['Giấy đăng ký hoạt động bản gốc'],'reason':'Bản đã nộp không rõ dấu'}"},
    {"2026-12-09 08:30", "tiepnhan.ttpvhcc", "supplement", "{'complete':true,'components':[{'component':1,'originals':1}]}", "2026-12-16 17:00"},
    {"2026-12-11 09:00", "botro.stp", "propose", PROPOSED},
    {"2026-12-14 09:00", "giamdoc.stp", "approve", RESULT("1203/GĐK-STP", "2026-12-14", "Giấy đăng ký hoạt động")},
    {"2026-12-15 09:00", "tiepnhan.ttpvhcc", "deliver", COLLECTED},
};

static const struct demo_step tre_han[] = {
    {"2026-11-24 09:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004837", OWNER(9)), "2026-11-27 17:00"},
    {"2026-11-24 09:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-24 10:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-27 10:00", "chutich.binhduc", "extend",
     "{'due_at':'2026-12-01T17:00:00+07:00','reason':'Chưa xác minh xong'}", NULL, "dossier.extend-too-late"},
    {"2026-11-27 15:00", "hotich.binhduc", "apologise",
     "{'due_at':'2026-12-01T17:00:00+07:00','reason':'Chưa xác minh xong; cơ quan xin lỗi'}", "2026-12-01 17:00"},
    {"2026-11-30 09:00", "hotich.binhduc", "apologise",
     "{'due_at':'2026-12-04T17:00:00+07:00','reason':'Xin hẹn thêm'}", NULL, "dossier.apologised-already"},
    {"2026-11-30 10:00", "giamsat.angiang", "note", "{'kind':'urge','text':'Đề nghị giải quyết dứt điểm trước ngày hẹn lại'}"},
    {"2026-12-01 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-12-01 10:00", "chutich.binhduc", "approve", RESULT("12/2026", "2026-12-01", "Trích lục đăng ký giám hộ")},
    {"2026-12-01 14:00", "traketqua.binhduc", "deliver", COLLECTED},
    {"2026-12-02 09:00", "kstthc.vpub", "note", "{'kind':'control','text':'Nguyên nhân trễ: xác minh chậm, đã rút kinh nghiệm'}"},
    {"2026-12-02 14:00", "thanhtra.angiang", "note", "{'kind':'control','text':'x'}", NULL, "rights.role"},
    {"2026-12-02 15:00", "qt.binhduc", "note", "{'text':'x'}", NULL, "dossier.absent"},
};

static const struct demo_step dinh_chinh[] = {
    {"2026-11-24 10:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004845", OWNER(13)), "2026-11-26 17:00"},
    {"2026-11-24 10:30", "tiepnhan.binhduc", "correct",
     "{'approver':'staff:tiepnhan.binhduc','reason':'Nhập nhầm','changes':{'procedure':'1.004837'}}", NULL, "rights.four-eyes"},
    {"2026-11-24 10:40", "tiepnhan.binhduc", "correct",
     "{'approver':'staff:chutich.binhduc','reason':'Nhập nhầm thủ tục chấm dứt giám hộ','changes':{'procedure':'1.004837'}}", "2026-11-27 17:00"},
    {"2026-11-24 10:50", "phochutich.binhduc", "confirm", "{'agreed':true}", NULL, "rights.not-named"},
    {"2026-11-24 10:55", "chutich.binhduc", "confirm", "{'agreed':true}"},
    {"2026-11-24 11:00", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-24 14:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-26 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-26 10:00", "chutich.binhduc", "approve", RESULT("11/2026", "2026-11-26", "Trích lục đăng ký giám hộ")},
    {"2026-11-26 15:30", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step rut_roi_thoi[] = {
    {"2026-11-23 09:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(15)), "2026-11-26 17:00"},
    {"2026-11-23 09:15", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-23 10:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-24 08:30", "dan:15", "withdraw", "{'reason':'Tạm chưa cần'}"},
    {"2026-11-24 09:00", "dan:16", "take_back_withdrawal", "{}", NULL, "dossier.absent"},
    {"2026-11-24 14:00", "dan:15", "take_back_withdrawal", "{}", "2026-11-26 17:00"},
    {"2026-11-25 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-25 10:00", "chutich.binhduc", "approve", RESULT("402/XNTTHN", "2026-11-25", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-11-25 15:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step rut_han[] = {
    {"2026-11-25 08:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(18)), "2026-11-30 17:00"},
    {"2026-11-25 08:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-25 14:00", "dan:18", "withdraw", "{'reason':'Nộp tại nơi cư trú cũ'}"},
    {"2026-11-26 08:30", "chutich.binhduc", "stop", "{}"},
};

static const struct demo_step tiep_nhan_xa[] = {
    {"2026-11-23 14:59", "tiepnhan.rachgia", "submit", SUBMIT("counter", "30742", "1.004873", OWNER(20))},
    {"2026-11-23 16:00", "tiepnhan.rachgia", "hand_over", "{}"},
    {"2026-11-23 16:30", "chutich.rachgia", "approve", "{}", NULL, "rights.other-unit"},
    {"2026-11-24 08:00", "tiepnhan.binhduc", "accept", "{}", "2026-11-27 17:00"},
    {"2026-11-24 08:30", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-26 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-26 10:30", "chutich.binhduc", "approve", RESULT("409/XNTTHN", "2026-11-26", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-11-27 09:00", "tiepnhan.rachgia", "deliver", COLLECTED},
};

static const struct demo_step truc_tuyen[] = {
    {"2026-11-27 16:00", "dan:21", "submit", SUBMIT("online", "30292", "1.004873", OWNER(21))},
    {"2026-11-30 08:10", "tiepnhan.binhduc", "receive", "{}", "2026-12-03 17:00"},
    {"2026-11-30 08:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-30 08:40", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-12-01 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-12-01 10:10", "chutich.binhduc", "approve", RESULT("415/XNTTHN", "2026-12-01", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-12-01 14:20", "traketqua.binhduc", "deliver", "{'collector':{'name':'Người nộp hồ sơ'},'proof':'gửi bản điện tử vào kho của công dân'}"},
};

static const struct demo_step nghia_vu_tai_chinh[] = {
    {"2026-11-25 08:50", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "1.012753", OWNER(22), "'competent_unit':'30292','competent_reason':'Thửa đất thuộc phường'"), NULL, "dossier.due-required"},
    {"2026-11-25 09:00", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "1.012753", OWNER(22), "'competent_unit':'30292','competent_reason':'Thửa đất thuộc phường','due_at':'2026-12-18T17:00:00+07:00','due_reason':'17 ngày làm việc: trường hợp cấp lần đầu'"), "2026-12-18 17:00"},
    {"2026-11-25 09:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-25 14:30", "chutich.binhduc", "assign", TO("diachinh.binhduc")},
    {"2026-12-02 09:00", "diachinh.binhduc", "suspend", "{'reason':'waiting for a colleague','basis':'nội bộ'}", NULL, "dossier.suspend-reason"},
    {"2026-12-02 09:30", "diachinh.binhduc", "suspend", "{'reason':'financial_duty','basis':'NĐ 101/2024/NĐ-CP; thông báo của cơ quan thuế'}"},
    {"2026-12-09 09:00", "diachinh.binhduc", "resume", "{}", "2026-12-25 17:00"},
    {"2026-12-21 09:00", "diachinh.binhduc", "propose", PROPOSED},
    {"2026-12-22 10:00", "chutich.binhduc", "approve", RESULT("AA 000123", "2026-12-22", "Giấy chứng nhận quyền sử dụng đất")},
    {"2026-12-23 09:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step trung_lap[] = {
    {"2026-11-23 08:12", "tiepnhan2.binhduc", "submit",
     SUBMIT("counter", "30292", "1.001193", NEWBORN("Nguyễn Bình An", "female", "2026-11-18") "," PARTY("submitter", "30292", 1) "," PARTY("parent", "30292", 2))},
    {"2026-11-23 08:40", "tiepnhan2.binhduc", "void", "{'approver':'staff:tiepnhan2.binhduc','reason':'Nhập trùng'}", NULL, "rights.four-eyes"},
    {"2026-11-23 08:45", "tiepnhan2.binhduc", "void",
     "{'approver':'staff:chutich.binhduc','reason':'Hai quầy cùng nhập một hồ sơ','doubled_by':'#khai-sinh'}"},
    {"2026-11-23 09:00", "tiepnhan2.binhduc", "hand_over", "{}", NULL, "dossier.voided"},
};

static const struct demo_step xin_y_kien[] = {
    {"2026-11-24 08:40", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "1.013229", OWNER(23), "'object_territory':'30292','competent_unit':'30292','competent_reason':'Công trình tại phường'"), "2026-12-08 17:00"},
    {"2026-11-24 09:10", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-24 10:10", "chutich.binhduc", "assign", TO("diachinh.binhduc")},
    {"2026-11-25 09:00", "diachinh.binhduc", "consult",
     "{'unit':'91.SXD','due_at':'2026-11-30T17:00:00+07:00','question':'Đề nghị cho ý kiến về chỉ giới xây dựng'}"},
    {"2026-11-26 09:00", "botro.stp", "answer", "{'no':1,'opinion':'Đồng ý'}", NULL, "dossier.absent"},
    {"2026-11-27 10:00", "capphep.sxd", "answer", "{'no':1,'opinion':'Phù hợp quy hoạch'}", "2026-12-08 17:00"},
    {"2026-12-03 09:00", "diachinh.binhduc", "propose", PROPOSED},
    {"2026-12-04 10:00", "chutich.binhduc", "approve", RESULT("57/GPXD", "2026-12-04", "Giấy phép xây dựng")},
    {"2026-12-07 09:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step gia_han[] = {
    {"2026-11-23 13:50", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "1.013229", OWNER(24), "'object_territory':'30292','competent_unit':'30292','competent_reason':'Công trình tại phường'"), "2026-12-07 17:00"},
    {"2026-11-23 14:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-23 15:30", "chutich.binhduc", "assign", TO("diachinh.binhduc")},
    {"2026-12-04 14:00", "chutich.binhduc", "extend",
     "{'due_at':'2026-12-11T17:00:00+07:00','reason':'Phải đo đạc lại; cơ quan xin lỗi'}", "2026-12-11 17:00"},
    {"2026-12-09 09:00", "chutich.binhduc", "extend", "{'due_at':'2026-12-16T17:00:00+07:00','reason':'Xin thêm'}", NULL, "dossier.extended-already"},
    {"2026-12-10 09:00", "diachinh.binhduc", "propose", PROPOSED},
    {"2026-12-11 10:00", "chutich.binhduc", "approve", RESULT("58/GPXD", "2026-12-11", "Giấy phép xây dựng")},
    {"2026-12-11 14:00", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step nhom[] = {
    {"2026-11-26 08:00", "tiepnhan.binhduc", "submit",
     SUBMIT("counter", "30292", "1.004873", OWNER(25) "," PARTY("subject", "30292", 25) "," PARTY("subject", "30292", 26)), "2026-12-01 17:00"},
    {"2026-11-26 08:15", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-26 08:50", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-27 08:30", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-27 09:30", "chutich.binhduc", "approve",
     "{'results':[{'number':'411/XNTTHN','date':'2026-11-27','name':'Giấy xác nhận tình trạng hôn nhân','subject':2},{'number':'412/XNTTHN','date':'2026-11-27','name':'Giấy xác nhận tình trạng hôn nhân','subject':3}]}"},
    {"2026-11-27 14:00", "traketqua.binhduc", "deliver", "{'results':[1],'collector':{'name':'Người thứ nhất'},'proof':'ký nhận'}"},
    {"2026-11-30 09:00", "traketqua.binhduc", "deliver", "{'results':[2],'collector':{'name':'Người thứ hai'},'proof':'ký nhận'}"},
    {"2026-12-03 09:00", "chutich.binhduc", "revoke_result",
     "{'result':1,'approver':'staff:phochutich.binhduc','reason':'Xác nhận sai tình trạng hôn nhân','basis':'Luật Hộ tịch 60/2014/QH13','decision':'71/QĐ-UBND'}"},
    {"2026-12-03 09:20", "phochutich.binhduc", "confirm", "{'agreed':true}"},
};

static const struct demo_step cua_chinh_minh[] = {
    {"2026-11-26 09:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(30)), "2026-12-01 17:00"},
    {"2026-11-26 09:05", "tiepnhan2.binhduc", "hand_over", "{}", NULL, "rights.own-dossier"},
    {"2026-11-26 09:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-26 10:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-30 08:30", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-30 09:30", "chutich.binhduc", "approve", RESULT("414/XNTTHN", "2026-11-30", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-11-30 14:30", "traketqua.binhduc", "deliver", COLLECTED},
};

static const struct demo_step buu_chinh[] = {
    {"2026-11-25 13:45", "buudien.binhduc", "submit", SUBMIT("post", "30292", "1.004873", OWNER(27))},
    {"2026-11-25 14:10", "tiepnhan.binhduc", "receive", "{}", "2026-11-30 17:00"},
    {"2026-11-25 14:20", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-25 15:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-27 09:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-27 10:20", "chutich.binhduc", "approve", RESULT("413/XNTTHN", "2026-11-27", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-11-30 15:00", "buudien.binhduc", "deliver", "{'collector':{'name':'Chủ hồ sơ'},'proof':'phiếu phát EB123456789VN'}"},
};

static const struct demo_step ngay_le[] = {
    {"2026-12-22 09:00", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "2.000779", OWNER(28), "'competent_unit':'30292','competent_reason':'Nơi cư trú của người nhận con'"), "2027-01-04 17:00"},
    {"2026-12-22 09:30", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-12-22 10:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
};

static const struct demo_step tieu_huy[] = {
    {"2026-11-24 09:00", "tiepnhan.binhduc", "submit",
     SUBMIT_WITH("counter", "30292", "2.000815", OWNER(29), "'form':{'so_ban':3,'so_trang':2}"), "2026-11-24 17:00"},
    {"2026-11-24 09:02", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-11-24 09:05", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-11-24 09:08", "thungan.binhduc", "complete_step", STEP("thu phí chứng thực 12.000 đồng, biên lai điện tử 26TAB")},
    {"2026-11-24 09:10", "hotich.binhduc", "propose", PROPOSED},
    {"2026-11-24 09:20", "chutich.binhduc", "approve", RESULT("1055/2026", "2026-11-24", "Bản sao chứng thực (03 bản)")},
    {"2026-11-24 09:30", "tiepnhan.binhduc", "deliver", COLLECTED},
    {"2026-11-24 14:00", "vanthu.binhduc", "note", "{'kind':'archive','text':'Hết giá trị lưu, đưa vào danh mục tiêu hủy'}"},
    {"2026-12-31 15:00", "tiepnhan.binhduc", "erase", "{'basis':'x','decision':'y'}", NULL, "rights.role"},
    {"2026-12-31 16:00", "chutich.binhduc", "erase", "{'basis':'Luật Lưu trữ 33/2024/QH15','decision':'QĐ 312/QĐ-UBND ngày 31/12/2026'}"},
    {"2026-12-31 16:10", "vanthu.binhduc", "note", "{'text':'x'}", NULL, "dossier.erased"},
};

static const struct demo_step uy_quyen[] = {
    {"2026-12-10 09:00", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(31)), "2026-12-15 17:00"},
    {"2026-12-10 09:15", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-12-10 14:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-12-11 10:00", "hotich.binhduc", "propose", PROPOSED},
    {"2026-12-11 15:00", "phochutich.binhduc", "approve", "{}", NULL, "rights.role"},
    {"2026-12-14 08:30", "phochutich.binhduc", "approve", RESULT("431/XNTTHN", "2026-12-14", "Giấy xác nhận tình trạng hôn nhân")},
    {"2026-12-14 08:45", "vanthu.binhduc", "sign_result", "{'result':1,'number':'431/XNTTHN','date':'2026-12-14','capacity':'KT.'}"},
    {"2026-12-14 14:00", "traketqua.binhduc", "deliver", COLLECTED},
};

/* What the year leaves open: somebody's turn in each list, for those who look around afterwards. */
static const struct demo_step cho_tiep_nhan[] = {
    {"2026-12-31 10:00", "dan:32", "submit", SUBMIT("online", "30292", "1.004873", OWNER(32))},
};

static const struct demo_step cho_phan_cong[] = {
    {"2026-12-31 08:30", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(33)), "2027-01-06 17:00"},
    {"2026-12-31 08:45", "tiepnhan.binhduc", "hand_over", "{}"},
};

static const struct demo_step cho_ky[] = {
    {"2026-12-30 08:30", "tiepnhan.binhduc", "submit", SUBMIT("counter", "30292", "1.004873", OWNER(34)), "2027-01-05 17:00"},
    {"2026-12-30 08:45", "tiepnhan.binhduc", "hand_over", "{}"},
    {"2026-12-30 14:00", "chutich.binhduc", "assign", TO("hotich.binhduc")},
    {"2026-12-31 09:00", "hotich.binhduc", "propose", PROPOSED},
};

static const struct demo_step cho_bo_sung[] = {
    {"2026-12-29 09:00", "tiepnhan.ttpvhcc", "submit", SUBMIT("counter", "91.TTPVHCC", "1.002055", PARTY("owner", "30742", 35)), "2027-01-06 17:00"},
    {"2026-12-29 14:00", "tiepnhan.ttpvhcc", "hand_over", "{}"},
    {"2026-12-30 08:00", "giamdoc.stp", "assign", TO("botro.stp")},
    {"2026-12-31 09:30", "botro.stp", "request_supplement", "{'items':['Biên bản họp thành viên'],'reason':'Thiếu thành phần hồ sơ'}"},
};

static const struct demo_step cho_tra[] = {
    {"2026-12-29 08:30", "tiepnhan.rachgia", "submit", SUBMIT("counter", "30742", "1.004873", PARTY("owner", "30742", 36)), "2027-01-04 17:00"},
    {"2026-12-29 08:45", "tiepnhan.rachgia", "hand_over", "{}"},
    {"2026-12-29 14:00", "chutich.rachgia", "assign", TO("hotich.rachgia")},
    {"2026-12-30 09:00", "hotich.rachgia", "propose", PROPOSED},
    {"2026-12-31 10:30", "chutich.rachgia", "approve", RESULT("88/XNTTHN", "2026-12-31", "Giấy xác nhận tình trạng hôn nhân")},
};

const struct demo_story demo_stories[] = {
    {"khai-sinh", "Đăng ký khai sinh tại quầy: tiếp nhận buổi sáng, trả trong ngày", khai_sinh, ARRAY_LEN(khai_sinh), "delivered"},
    {"khai-sinh-sau-15-gio", "Đăng ký khai sinh nhận sau 15 giờ thứ Sáu: trả vào thứ Hai (vectơ T2)", khai_sinh_sau_15_gio, ARRAY_LEN(khai_sinh_sau_15_gio), "delivered"},
    {"chung-thuc", "Chứng thực bản sao tại quầy, trả ngay", chung_thuc, ARRAY_LEN(chung_thuc), "delivered"},
    {"cu-tru", "Đăng ký thường trú: Công an phường quyết định qua kết nối", cu_tru, ARRAY_LEN(cu_tru), "delivered"},
    {"cu-tru-bo-sung", "Đăng ký thường trú: Công an phường yêu cầu bổ sung qua kết nối, rồi giải quyết", cu_tru_bo_sung, ARRAY_LEN(cu_tru_bo_sung), "delivered"},
    {"cu-tru-tu-choi", "Đăng ký thường trú: Công an phường từ chối giải quyết, có lý do, qua kết nối", cu_tru_tu_choi, ARRAY_LEN(cu_tru_tu_choi), "delivered"},
    {"cu-tru-su-co", "Đăng ký thường trú khi kết nối ngừng: hồ sơ chờ, rồi cán bộ công an nhập tay kèm chứng cứ", cu_tru_su_co, ARRAY_LEN(cu_tru_su_co), "delivered"},
    {"quan-tai-vien", "Thủ tục cấp tỉnh có thời hạn và phí: đăng ký hành nghề quản lý, thanh lý tài sản", quan_tai_vien, ARRAY_LEN(quan_tai_vien), "delivered"},
    {"tu-choi-tiep-nhan", "Nộp trực tuyến, không được tiếp nhận: Mẫu 03 có căn cứ", tu_choi_tiep_nhan, ARRAY_LEN(tu_choi_tiep_nhan), "refused"},
    {"tu-choi-giai-quyet", "Từ chối giải quyết sau thẩm tra: có lý do, trong thời hạn", tu_choi_giai_quyet, ARRAY_LEN(tu_choi_giai_quyet), "delivered"},
    {"bo-sung-hai-lan", "Bổ sung hai lần: thời hạn tính lại từ đầu (vectơ T4); lần thứ hai tính là quá hạn", bo_sung_hai_lan, ARRAY_LEN(bo_sung_hai_lan), "delivered"},
    {"tre-han", "Trễ hạn: xin lỗi và hẹn lại", tre_han, ARRAY_LEN(tre_han), "delivered"},
    {"dinh-chinh", "Nhập nhầm thủ tục: đính chính có người thứ hai, cấp lại giấy tiếp nhận", dinh_chinh, ARRAY_LEN(dinh_chinh), "delivered"},
    {"rut-roi-thoi", "Người dân rút hồ sơ, rồi thôi rút (vectơ T1)", rut_roi_thoi, ARRAY_LEN(rut_roi_thoi), "delivered"},
    {"rut-han", "Người dân rút hồ sơ: thông báo dừng giải quyết (Mẫu 05)", rut_han, ARRAY_LEN(rut_han), "stopped"},
    {"tiep-nhan-xa", "Nhận ở phường Rạch Giá, phường Bình Đức giải quyết: hạn chắc chắn khi nơi giải quyết nhận (T5)", tiep_nhan_xa, ARRAY_LEN(tiep_nhan_xa), "delivered"},
    {"truc-tuyen", "Nộp trực tuyến chiều thứ Sáu: trả lời trong 08 giờ làm việc (vectơ T7)", truc_tuyen, ARRAY_LEN(truc_tuyen), "delivered"},
    {"nghia-vu-tai-chinh", "Cấp giấy chứng nhận đất: danh mục không rõ thời hạn, dừng chờ nghĩa vụ tài chính", nghia_vu_tai_chinh, ARRAY_LEN(nghia_vu_tai_chinh), "delivered"},
    {"trung-lap", "Nhập trùng: hủy mục nhập có người thứ hai, mục cũ còn nguyên trong sổ", trung_lap, ARRAY_LEN(trung_lap), "voided"},
    {"xin-y-kien", "Cấp giấy phép xây dựng sửa chữa: xin ý kiến Sở Xây dựng, thời hạn vẫn chạy", xin_y_kien, ARRAY_LEN(xin_y_kien), "delivered"},
    {"gia-han", "Gia hạn đúng lúc, một lần; lần thứ hai không được", gia_han, ARRAY_LEN(gia_han), "delivered"},
    {"nhom", "Hồ sơ nhóm: hai người, hai kết quả, trả từng kết quả; một kết quả cấp sai bị thu hồi", nhom, ARRAY_LEN(nhom), "delivered"},
    {"cua-chinh-minh", "Cán bộ không được xử lý hồ sơ của chính mình", cua_chinh_minh, ARRAY_LEN(cua_chinh_minh), "delivered"},
    {"buu-chinh", "Qua bưu chính: nhân viên bưu chính nộp thay và trả kết quả", buu_chinh, ARRAY_LEN(buu_chinh), "delivered"},
    {"uy-quyen", "Ủy quyền có thời hạn: phó chủ tịch ký thay trong những ngày quyết định nêu, không trước đó", uy_quyen, ARRAY_LEN(uy_quyen), "delivered"},
    {"ngay-le", "Mười ngày từ 22/12: ngày cuối là ngày nghỉ, hạn sang thứ Hai 04/01/2027 (vectơ T3)", ngay_le, ARRAY_LEN(ngay_le), "processing"},
    {"tieu-huy", "Chứng thực bản sao; cuối năm tiêu hủy dữ liệu cá nhân theo quyết định: chuỗi vẫn nguyên vẹn", tieu_huy, ARRAY_LEN(tieu_huy), "delivered"},
    {"cho-tiep-nhan", "Còn chờ: hồ sơ trực tuyến chưa được trả lời", cho_tiep_nhan, ARRAY_LEN(cho_tiep_nhan), "new"},
    {"cho-phan-cong", "Còn chờ: lãnh đạo phân công", cho_phan_cong, ARRAY_LEN(cho_phan_cong), "received"},
    {"cho-ky", "Còn chờ: lãnh đạo ký", cho_ky, ARRAY_LEN(cho_ky), "processing"},
    {"cho-bo-sung", "Còn chờ: người dân bổ sung", cho_bo_sung, ARRAY_LEN(cho_bo_sung), "supplement"},
    {"cho-tra", "Còn chờ: người dân đến nhận kết quả", cho_tra, ARRAY_LEN(cho_tra), "done"},
};
const size_t demo_story_count = ARRAY_LEN(demo_stories);
_Static_assert(ARRAY_LEN(demo_stories) <= DEMO_STORIES_MAX, "room for every story");
