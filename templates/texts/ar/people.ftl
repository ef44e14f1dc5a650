# Followers, roles, requests.
followers-approve = قبول
followers-deny = رفض
followers-part = دور { $person }
followers-change = تغيير
# Follows the button above, for those who do not see the row.
followers-change-whose = دور { $person }
followers-left-out = يُعرض هنا { $count } منهم فقط.
followers-let-in = السماح مجددًا
followers-requests = ينتظرون جوابك
followers-asks = يطلب المتابعة
followers-banned = المستبعدون
followers-invite = ادعُ أحدًا
followers-invited = الدعوة في طريقها.
followers-address = عنوان الشخص
followers-invite-button = دعوة
followers-invite-hint = يجد الشخص الدعوة في «المتابَعة».
followers-ban = استبعاد شخص
followers-ban-button = استبعاد
followers-ban-hint = لن يستطيع بعدها قراءة هذه القناة ولا الكتابة فيها.
role-may-read = يقرأ
role-none = بلا دور
followers-page = متابعو { $channel }
followers-none = لا أحد يتابع هذه القناة بعد.
followers-count =
    { $count ->
        [zero] لا متابعين.
        [one] متابع واحد.
        [two] متابعان.
        [few] { $count } متابعين.
        [many] { $count } متابعًا.
       *[other] { $count } متابع.
    }
error-no-such-part = لا يوجد هذا الدور في القنوات.
error-address-form = هذا ليس عنوانًا. ينبغي أن يشبه name@example.org.
