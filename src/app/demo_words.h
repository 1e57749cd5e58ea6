/* What recurs in the stories: JSON with ' for ", see demo_private.h. */
#pragma once
#define PARTY(role, territory, n) "{'role':'" role "','territory':'" territory "',@" #n "}"
#define OWNER(n) PARTY("owner", "30292", n)
#define NEWBORN(name, sex, born) \
    "{'role':'owner','kind':'person','name':'" name "','sex':'" sex "','birth_date':'" born "','territory':'30292'}"
#define SUBMIT_WITH(channel, unit, procedure, parties, more) \
    "{'procedure':'" procedure "','channel':'" channel "','receiving_unit':'" unit "','parties':[" parties "]," \
    "'components':[{'component':1,'originals':1}],'delivery':{'method':'counter'}," more "}"
#define SUBMIT(channel, unit, procedure, parties) SUBMIT_WITH(channel, unit, procedure, parties, "'note':''")
#define TO(login) "{'officer':'staff:" login "'}"
#define STEP(what) "{'step':'" what "'}"
#define PROPOSED "{'outcome':'approved'}"
#define RESULT(number, date, name) "{'results':[{'number':'" number "','date':'" date "','name':'" name "'}]}"
#define COLLECTED "{'collector':{'name':'Người nộp hồ sơ'},'proof':'ký nhận trên máy tính bảng'}"
